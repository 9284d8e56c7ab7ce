// SPDX-License-Identifier: Apache-2.0

/// One requirement, tried.
public struct DoctorCheck: Sendable {
  public enum Outcome: String, Sendable {
    case ok = "OK"
    /// The sensor runs, with less.
    case warn = "WARN"
    /// The sensor cannot run.
    case fail = "FAIL"
  }

  public let name: String
  public let outcome: Outcome
  public let detail: String
  /// What to do about it; nil when nothing is to be done.
  public let fix: String?
  /// The kernel verifier's own log of a refused load; empty otherwise.
  public let verifierLog: String

  init(
    _ name: String, _ outcome: Outcome, _ detail: String, fix: String? = nil,
    verifierLog: String = ""
  ) {
    self.name = name
    self.outcome = outcome
    self.detail = detail
    self.fix = fix
    self.verifierLog = verifierLog
  }

  /// For people: outcome, name, detail and fix.
  public var line: String {
    let head = outcome.rawValue.padded(to: 5) + name.padded(to: 22) + detail
    return fix.map { "\(head)\n     fix: \($0)" } ?? head
  }

  /// For programs: one JSON object.
  public var json: String {
    let fix = fix.map(JSONText.quoted) ?? "null"
    return "{\"check\":\(JSONText.quoted(name)),\"outcome\":\"\(outcome.rawValue)\","
      + "\"detail\":\(JSONText.quoted(detail)),\"fix\":\(fix)}"
  }
}

extension String {
  /// Filled with blanks up to `width`, and at least one.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
