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
    "origin", "path", "script", "initiator", "any_initiator", "destination", "analytic", "sha256",
    "script_sha256", "every_version", "owner", "reason", "created", "expires",
  ]

  init(_ document: TOMLDocument) {
    self.document = document
    for entry in document.entries {
      guard entry.key == "allow" else {
        fail(entry.place, NearestName.unknown("key", entry.key, valid: ["allow"]))
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
    problems.append("\(place.text(in: document.name)): \(text)")
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
      case "initiator": draft.initiator = text(member)
      case "any_initiator": draft.isAnyInitiator = flag(member)
      case "destination": draft.destination = text(member)
      case "analytic": draft.analytic = text(member)
      case "sha256": draft.sha256 = text(member)
      case "script_sha256": draft.scriptSHA256 = text(member)
      case "every_version": draft.isEveryVersion = flag(member)
      case "owner": draft.owner = text(member)
      case "reason": draft.reason = text(member)
      case "created": draft.created = time(member)
      case "expires": draft.expires = time(member)
      default:
        fail(
          member.place,
          NearestName.unknown(
            "key", member.key, written: "allow.\(member.key)", valid: Self.keys))
      }
    }
    guard problems.count == before else { return }
    switch draft.rule() {
    case .success(let rule):
      rules.append(rule)
      self.places.append(node.place.text(in: document.name))
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

  private mutating func flag(_ member: TOMLDocument.Entry) -> Bool {
    guard case .flag(let flag) = member.node.value else {
      fail(
        member.node.place, "allow.\(member.key) is \(member.node.kind); it must be true or false")
      return false
    }
    return flag
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
