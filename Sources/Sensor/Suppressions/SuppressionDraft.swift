// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings

/// A suppression as it is written, before its parts are checked.
struct SuppressionDraft {
  /// What is wrong, with the key that it is about.
  struct Fault: Error {
    let key: String
    let text: String
  }

  /// What stands for a starter that is not known.
  static let unknownStarter = "none"

  var origin: String?
  var path: String?
  var script: String?
  /// Three fields of a finding's subject, or `unknownStarter`.
  var initiator: String?
  var isAnyInitiator = false
  var destination: String?
  var analytic: String?
  var sha256: String?
  var scriptSHA256: String?
  var isEveryVersion = false
  var owner: String?
  var reason: String?
  var created: Int64?
  var expires: Int64?

  /// An address stands in for a process: there is no file, and nothing that started it.
  var isAddress: Bool { origin?.hasPrefix("address:") ?? false }

  func rule() -> Result<SuppressionRule, Fault> {
    do throws(Fault) {
      return .success(try checked())
    } catch {
      return .failure(error)
    }
  }

  private func checked() throws(Fault) -> SuppressionRule {
    let program = try checkedProgram()
    let starter = try checkedStarter(of: program)
    let destination = try checkedDestination()
    let analytic = try checkedAnalytic()
    guard created != nil || expires != nil else {
      throw Fault(
        key: "expires",
        text: "a suppression needs expires, or created, from which it lasts "
          + "\(SuppressionRule.daysByDefault) days")
    }
    let lasting = Int64(SuppressionRule.daysByDefault) * 86_400
    let end = expires ?? (created ?? 0) + lasting
    guard end <= CalendarDay.latest else {
      throw Fault(
        key: "expires", text: "expires is at the latest \(CalendarDay.dayText(unixSeconds: .max))")
    }
    return SuppressionRule(
      program: program, starter: starter, destination: destination, analytic: analytic,
      sha256: sha256, scriptSHA256: scriptSHA256, owner: try required(owner, "owner"),
      reason: try required(reason, "reason"), created: created, expires: end)
  }

  func required(_ text: String?, _ key: String) throws(Fault) -> String {
    guard let text, !text.allSatisfy(\.isWhitespace) else {
      throw Fault(key: key, text: "a suppression needs \(key)")
    }
    return text
  }

  // MARK: What

  private func checkedDestination() throws(Fault) -> DestinationPattern {
    let text = try required(destination, "destination")
    guard let destination = DestinationPattern(text: text) else {
      throw Fault(
        key: "destination",
        text: "\(TOMLText.quoted(text)) is no destination; valid: \(DestinationPattern.valid)")
    }
    guard !destination.takesEverything else {
      throw Fault(
        key: "destination", text: "a suppression for every destination hides what it is not about")
    }
    return destination
  }

  private func checkedAnalytic() throws(Fault) -> Analytic? {
    guard let analytic else { return nil }
    if let known = Analytic(name: analytic) { return known }
    throw Fault(
      key: "analytic",
      text: NearestName.unknown(
        "analytic", analytic, written: TOMLText.quoted(analytic),
        valid: Analytic.allCases.flatMap { [$0.slug, $0.identifier] }))
  }
}

extension DestinationPattern {
  /// Nothing is left out but a port.
  var takesEverything: Bool {
    switch host {
    case .any, .network(_, bits: 0): true
    case .network, .name, .below: false
    }
  }
}

extension SuppressionRule {
  /// The rule as a table of its file.
  var toml: String {
    var lines = ["[[allow]]  # \(id)", "origin = \(TOMLText.quoted(program.origin))"]
    if !program.path.isEmpty { lines.append("path = \(TOMLText.quoted(program.path))") }
    if let script = program.script { lines.append("script = \(TOMLText.quoted(script))") }
    if !isAddress {
      lines.append(
        initiatorText.map { "initiator = \(TOMLText.quoted($0))" } ?? "any_initiator = true")
      lines.append(sha256.map { "sha256 = \(TOMLText.quoted($0))" } ?? "every_version = true")
      if let scriptSHA256 { lines.append("script_sha256 = \(TOMLText.quoted(scriptSHA256))") }
    }
    lines.append("destination = \(TOMLText.quoted("\(destination)"))")
    if let analytic { lines.append("analytic = \(TOMLText.quoted(analytic.slug))") }
    lines += ["owner = \(TOMLText.quoted(owner))", "reason = \(TOMLText.quoted(reason))"]
    if let created { lines.append("created = \(CalendarDay.text(unixSeconds: created))") }
    lines.append("expires = \(CalendarDay.text(unixSeconds: expires))")
    return lines.joined(separator: "\n") + "\n"
  }

  var isAddress: Bool { program.origin.hasPrefix("address:") }

  /// As the key `initiator` says it; nil where whatever starts it will do.
  var initiatorText: String? {
    switch starter {
    case .anything: nil
    case .unknown: SuppressionDraft.unknownStarter
    case .program(let program): program.text
    }
  }
}
