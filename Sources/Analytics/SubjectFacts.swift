// SPDX-License-Identifier: Apache-2.0

public import Flows

/// What is known of a pair's subject and destination beyond the traffic itself; nil is not known.
///
/// The analytics own no memory of the host. Whoever asks for an assessment brings these.
public struct SubjectFacts: Hashable, Sendable {
  /// Of the process that acted last.
  public var provenance: Provenance?
  /// Of the last 14 days, today included: days with an outbound connection.
  public var activeDays: Int?
  /// Sent in 5 minutes, 99th percentile over 30 days, in bytes.
  public var sentP99Bytes: UInt64?
  /// The destination was first seen on this host less than 7 days ago.
  public var isDestinationNew: Bool?
  /// What its connections are known to speak: JA4, ALPN and protocol names.
  public var knownProtocols: Set<String>?
  /// Programs start after its visits, or its output feeds an interpreter (R4, R5).
  public var isObeyed = false
  /// The host is known for less than a week, so what is unusual on it is not.
  public var isLearning = true

  public init() {}
}

extension SubjectFacts {
  /// Users could have put the code there (P2, P3).
  var isUntrusted: Bool { provenance.map { $0 >= .userWritable } ?? false }

  /// Active on fewer days than most of its week; nil while the host itself is hardly known.
  func isRarelyActive(below days: Int) -> Bool? {
    guard !isLearning, let activeDays else { return nil }
    return activeDays < days
  }

  /// The same as a test.
  func rareTest(_ name: String, below days: Int) -> TestResult {
    let threshold = TestResult.Value.count(UInt64(days))
    guard let isRare = isRarelyActive(below: days) else {
      return .unknown(name, threshold: threshold)
    }
    return TestResult(
      name: name, value: .count(UInt64(activeDays ?? 0)), threshold: threshold, isMet: isRare)
  }
}
