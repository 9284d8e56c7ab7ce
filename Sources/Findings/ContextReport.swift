// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Protocols
internal import Wire

/// The context of one behaviour, with every raise and lower as the test that it was.
struct ContextReport {
  private(set) var context: Context
  private(set) var tests: [TestResult] = []
  /// What is said of those that hold.
  private(set) var raises: [Raise: String] = [:]
  private(set) var lowers: [Lower: String] = [:]

  /// Days for which a destination, a name or a protocol is new.
  static let noveltyDays = 7.0
  /// A subject active on fewer of the last 14 days is rare, on as many or more familiar.
  static let familiarSubjectDays = 3
  static let familiarPairDays = 7
  static let fewSubjects = 2
  static let manySubjects = 5
  static let answeredVisits = 3

  init(provenance: Provenance?, isExternal: Bool, isLearning: Bool) {
    context = Context(
      provenance: provenance, isExternal: isExternal, isLearning: isLearning)
  }

  mutating func change(_ body: (inout Context) -> Void) { body(&context) }

  /// A raise that was judged; `text` is said where it holds.
  mutating func note(
    _ raise: Raise, _ name: String, value: TestResult.Value, threshold: TestResult.Value,
    holds: Bool, _ text: @autoclosure () -> String
  ) {
    tests.append(
      TestResult(
        name: "\(raise.rawValue)_\(name)", value: value, threshold: threshold, isMet: holds))
    guard holds else { return }
    context.raises.insert(raise)
    if raises[raise] == nil { raises[raise] = text() }
  }

  mutating func note(
    _ lower: Lower, _ name: String, value: TestResult.Value, threshold: TestResult.Value,
    holds: Bool, _ text: @autoclosure () -> String
  ) {
    tests.append(
      TestResult(
        name: "\(lower.rawValue)_\(name)", value: value, threshold: threshold, isMet: holds))
    guard holds else { return }
    context.lowers.insert(lower)
    // The inventory and a list may both declare it: both are named, and count once.
    lowers[lower] = (lowers[lower].map { $0 + "; " } ?? "") + text()
  }

  /// One that could not be judged.
  mutating func lack(_ raise: Raise, _ name: String, threshold: TestResult.Value) {
    tests.append(.unknown("\(raise.rawValue)_\(name)", threshold: threshold))
  }

  mutating func lack(_ lower: Lower, _ name: String, threshold: TestResult.Value) {
    tests.append(.unknown("\(lower.rawValue)_\(name)", threshold: threshold))
  }

  /// A lower that is a property of the behaviour; its test stands with the analytic's.
  mutating func add(_ lower: Lower, _ text: String) {
    context.lowers.insert(lower)
    lowers[lower] = text
  }
}
