// SPDX-License-Identifier: Apache-2.0

/// One test that was made, as it stands in a finding.
public struct TestResult: Hashable, Sendable {
  public enum Outcome: String, Sendable {
    case met
    case notMet = "not_met"
    case insufficientData = "insufficient_data"
  }

  /// What was measured, or what it was measured against.
  public enum Value: Hashable, Sendable {
    case number(Double)
    case count(UInt64)
    case word(String)
    case flag(Bool)
  }

  public var name: String
  /// Nil where it could not be measured.
  public var value: Value?
  public var threshold: Value?
  public var outcome: Outcome
  /// It counts in the score; others are only shown.
  public var isCounted: Bool

  public init(
    name: String, value: Value?, threshold: Value?, outcome: Outcome, isCounted: Bool = true
  ) {
    self.name = name
    self.value = value
    self.threshold = threshold
    self.outcome = outcome
    self.isCounted = isCounted
  }

  /// A test whose value is known, met or not.
  public init(
    name: String, value: Value, threshold: Value, isMet: Bool, isCounted: Bool = true
  ) {
    self.init(
      name: name, value: value, threshold: threshold, outcome: isMet ? .met : .notMet,
      isCounted: isCounted)
  }

  public static func unknown(_ name: String, threshold: Value) -> TestResult {
    TestResult(name: name, value: nil, threshold: threshold, outcome: .insufficientData)
  }
}
