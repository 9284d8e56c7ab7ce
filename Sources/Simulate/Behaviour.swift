// SPDX-License-Identifier: Apache-2.0

/// What to act out: a few small requests, the same each time.
public struct Behaviour: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// A short connection each period, answered: what the analytic `beacon` looks for.
    case beacon
    /// A connection each period that sends and is never answered: `one-way`.
    case oneWay = "one-way"
  }

  public var kind: Kind
  /// Between the starts of two visits.
  public var period: Duration
  /// Two-sided: each pause lies within this part of the period around it.
  public var jitter: Double
  public var visits: Int
  /// Payload a visit sends, in bytes.
  public var requestBytes: Int

  public init(kind: Kind, period: Duration, jitter: Double, visits: Int, requestBytes: Int) {
    self.kind = kind
    self.period = period
    self.jitter = jitter
    self.visits = visits
    self.requestBytes = requestBytes
  }

  /// What a beacon's server answers, in bytes.
  static let responseBytes = 128
}
