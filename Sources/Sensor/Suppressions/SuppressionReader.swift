// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings

/// Reads suppressions out of a TOML file: `[[allow]]` tables, each with what it takes and whose it is.
struct SuppressionReader {
  private(set) var rules: [SuppressionRule] = []
  /// The place of each rule, in the same order.
  private(set) var places: [String] = []
  /// One line each, in the order of the file.
  private(set) var problems: [String] = []

  private let document: TOMLDocument
  static let keys = [
    "origin", "path", "script", "destination", "analytic", "sha256", "owner", "reason", "created",
    "expires",
  ]

  init(_ document: TOMLDocument) {
    self.document = document
    for entry in document.entries {
      guard entry.key == "allow" else {
        fail(entry.place, unknown(entry.key, entry.key, among: ["allow"]))
        continue
      }
      guard case .list(let elements) = entry.node.value else {
        fail(entry.node.place, "allow is \(entry.node.kind); write [[allow]]")
        continue
      }
      guard elements.count <= Suppressions.limit else {
        fail(entry.place, "more than \(Suppressions.limit) suppressions")
        continue
      }
      for element in elements { read(element) }
    }
  }

  private mutating func fail(_ place: TextPlace, _ text: String) {
    problems.append("\(document.name):\(place.line):\(place.column): \(text)")
  }

  private func unknown(_ key: String, _ written: String, among names: [String]) -> String {
    let valid = "valid: \(names.joined(separator: ", "))"
    guard let nearest = NearestName.of(key, among: names) else {
      return "unknown key \(written); \(valid)"
    }
    return "unknown key \(written); did you mean \(nearest)? \(valid)"
  }

  private mutating func read(_ node: TOMLDocument.Node) {
    guard case .table(let members) = node.value else {
      fail(node.place, "a suppression is a table; write [[allow]]")
      return
    }
    let before = problems.count
    var draft = SuppressionDraft()
    var places: [String: TextPlace] = [:]
    for member in members {
      places[member.key] = member.node.place
      switch member.key {
      case "origin": draft.origin = text(member)
      case "path": draft.path = text(member)
      case "script": draft.script = text(member)
      case "destination": draft.destination = text(member)
      case "analytic": draft.analytic = text(member)
      case "sha256": draft.sha256 = text(member)
      case "owner": draft.owner = text(member)
      case "reason": draft.reason = text(member)
      case "created": draft.created = time(member)
      case "expires": draft.expires = time(member)
      default: fail(member.place, unknown(member.key, "allow.\(member.key)", among: Self.keys))
      }
    }
    guard problems.count == before else { return }
    switch draft.rule() {
    case .success(let rule):
      rules.append(rule)
      self.places.append("\(document.name):\(node.place.line):\(node.place.column)")
    case .failure(let fault): fail(places[fault.key] ?? node.place, fault.text)
    }
  }

  private mutating func text(_ member: TOMLDocument.Entry) -> String? {
    guard case .text(let text) = member.node.value else {
      fail(member.node.place, "allow.\(member.key) is \(member.node.kind); it must be a string")
      return nil
    }
    return text
  }

  /// A TOML date, or the same as a string.
  private mutating func time(_ member: TOMLDocument.Entry) -> Int64? {
    switch member.node.value {
    case .time(let seconds): return seconds
    case .text(let text):
      if let seconds = CalendarDay.unixSeconds(text: text) { return seconds }
      fallthrough
    default:
      fail(
        member.node.place,
        "allow.\(member.key) is no date; valid: 2026-02-19 or 2026-02-19T04:40:00Z")
      return nil
    }
  }
}

/// A suppression as it is written, before its parts are checked.
struct SuppressionDraft {
  /// What is wrong, with the key that it is about.
  struct Fault: Error {
    let key: String
    let text: String
  }

  var origin: String?
  var path: String?
  var script: String?
  var destination: String?
  var analytic: String?
  var sha256: String?
  var owner: String?
  var reason: String?
  var created: Int64?
  var expires: Int64?

  func rule() -> Result<SuppressionRule, Fault> {
    do throws(Fault) {
      return .success(try checked())
    } catch {
      return .failure(error)
    }
  }

  private func checked() throws(Fault) -> SuppressionRule {
    let origin = try required(origin, "origin")
    let path = self.path ?? ""
    try checkExecutable(origin, path)
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
    var known: Analytic?
    if let analytic {
      known = AnalyticNames.analytic(analytic)
      guard known != nil else {
        let names = Analytic.allCases.flatMap { [$0.slug, $0.identifier] }
        let nearest = NearestName.of(analytic, among: names).map { "did you mean \($0)? " } ?? ""
        throw Fault(
          key: "analytic",
          text: "unknown analytic \(TOMLText.quoted(analytic)); \(nearest)valid: "
            + names.joined(separator: ", "))
      }
    }
    guard created != nil || expires != nil else {
      throw Fault(
        key: "expires",
        text: "a suppression needs expires, or created, from which it lasts "
          + "\(SuppressionRule.daysByDefault) days")
    }
    let lasting = Int64(SuppressionRule.daysByDefault) * 86_400
    return SuppressionRule(
      origin: origin, path: path, script: script, destination: destination, analytic: known,
      sha256: sha256, owner: try required(owner, "owner"),
      reason: try required(reason, "reason"), created: created,
      expires: expires ?? (created ?? 0) + lasting)
  }

  private func required(_ text: String?, _ key: String) throws(Fault) -> String {
    guard let text, !text.allSatisfy(\.isWhitespace) else {
      throw Fault(key: key, text: "a suppression needs \(key)")
    }
    return text
  }

  /// Never a name alone: a path that nobody vouches for needs its content.
  private func checkExecutable(_ origin: String, _ path: String) throws(Fault) {
    if let sha256 {
      let isDigest =
        sha256.utf8.count == 64
        && sha256.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      guard isDigest else {
        throw Fault(key: "sha256", text: "sha256 is 64 digits, hexadecimal, lower case")
      }
    }
    let kind = origin.prefix { $0 != ":" }
    let isNamed = origin.contains(":") && kind.count + 1 < origin.count
    guard isNamed, ["pkg", "snap", "image", "uid", "address"].contains(kind) else {
      throw Fault(
        key: "origin",
        text:
          "origin is what vouches for the path: pkg:NAME, snap:NAME, image:NAME, uid:NUMBER, or "
          + "address:IP where no process is known")
    }
    if kind == "address" {
      guard path.isEmpty, script == nil, sha256 == nil else {
        throw Fault(key: "origin", text: "an address stands in for a process: it has no file")
      }
      return
    }
    guard path.hasPrefix("/"), path.count > 1 else {
      throw Fault(key: "path", text: "a suppression needs the executable's whole path")
    }
    guard kind != "uid" || sha256 != nil else {
      throw Fault(
        key: "path",
        text: "no package vouches for \(path): its sha256 must be part of the suppression")
    }
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
    var lines = ["[[allow]]  # \(id)", "origin = \(TOMLText.quoted(origin))"]
    if !path.isEmpty { lines.append("path = \(TOMLText.quoted(path))") }
    if let script { lines.append("script = \(TOMLText.quoted(script))") }
    lines.append("destination = \(TOMLText.quoted("\(destination)"))")
    if let analytic { lines.append("analytic = \(TOMLText.quoted(analytic.slug))") }
    if let sha256 { lines.append("sha256 = \(TOMLText.quoted(sha256))") }
    lines += ["owner = \(TOMLText.quoted(owner))", "reason = \(TOMLText.quoted(reason))"]
    if let created { lines.append("created = \(CalendarDay.text(unixSeconds: created))") }
    lines.append("expires = \(CalendarDay.text(unixSeconds: expires))")
    return lines.joined(separator: "\n") + "\n"
  }
}
