// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings
internal import Flows

/// What the file beside a recorded trace says must come of it: `NAME.toml` for `NAME.trace`.
struct TraceExpectation: Sendable {
  /// One finding that must be there.
  struct Wanted: Sendable {
    var analytic: Analytic
    /// It is at least so severe; nil asks for any that counts as firing, in a benign trace for any
    /// at all.
    var severity: Severity?
    /// Part of its destination's text: an address, a port, a name.
    var destination: String?
    /// Findings of the analytic that are told, wherever they talk to, the explained ones apart.
    var count: Int?
    /// A beacon was reported at this visit or before.
    var withinVisits: Int?
  }

  static let keys = ["about", "baseline", "config", "finding"]
  static let findingKeys = ["analytic", "count", "destination", "severity", "within_visits"]

  /// Files, as they are written; from the directory of the file that names them.
  var configuration: String?
  var baseline: String?
  var findings: [Wanted] = []

  init() {}

  /// Reads a TOML file's text.
  ///
  /// Whatever it holds that has no meaning here ends it, with line and column: an expectation that
  /// was misspelled would never fail.
  init(_ text: String, name: String) throws(SensorFailure) {
    for entry in try TOMLDocument(text, name: name).entries {
      switch entry.key {
      case "about": _ = try Self.text(entry, name)
      case "config": configuration = try Self.text(entry, name)
      case "baseline": baseline = try Self.text(entry, name)
      case "finding":
        guard case .list(let nodes) = entry.node.value else {
          throw Self.failure(name, entry.place, "findings are written as [[finding]]")
        }
        for node in nodes { findings.append(try Self.wanted(node, name)) }
      default: throw Self.unknown(entry, Self.keys, name)
      }
    }
  }

  private static func wanted(
    _ node: TOMLDocument.Node, _ name: String
  ) throws(SensorFailure) -> Wanted {
    guard case .table(let entries) = node.value else {
      throw failure(name, node.place, "findings are written as [[finding]]")
    }
    var analytic: Analytic?
    var wanted = Wanted(analytic: .beacon)
    for entry in entries {
      switch entry.key {
      case "analytic":
        let word = try text(entry, name)
        analytic = Analytic.allCases.first { [$0.slug, $0.identifier].contains(word) }
        guard analytic != nil else {
          let valid = Analytic.allCases.map(\.slug).joined(separator: ", ")
          throw failure(name, entry.node.place, "unknown analytic \(word); valid: \(valid)")
        }
      case "severity":
        let word = try text(entry, name)
        wanted.severity = Severity(rawValue: word)
        guard wanted.severity != nil else {
          let valid = Severity.allCases.map(\.rawValue).joined(separator: ", ")
          throw failure(name, entry.node.place, "unknown severity \(word); valid: \(valid)")
        }
      case "destination": wanted.destination = try text(entry, name)
      case "count": wanted.count = try number(entry, name)
      case "within_visits": wanted.withinVisits = try number(entry, name)
      default: throw unknown(entry, findingKeys, name)
      }
    }
    guard let analytic else {
      throw failure(name, node.place, "the finding has no analytic")
    }
    wanted.analytic = analytic
    return wanted
  }

  private static func text(
    _ entry: TOMLDocument.Entry, _ name: String
  ) throws(SensorFailure) -> String {
    guard case .text(let text) = entry.node.value else {
      throw failure(name, entry.node.place, "\(entry.key) is \(entry.node.kind), not a string")
    }
    return text
  }

  private static func number(
    _ entry: TOMLDocument.Entry, _ name: String
  ) throws(SensorFailure) -> Int {
    guard case .integer(let value) = entry.node.value, (1...1_000_000).contains(value) else {
      throw failure(name, entry.node.place, "\(entry.key) is a whole number from 1 to 1000000")
    }
    return Int(value)
  }

  private static func unknown(
    _ entry: TOMLDocument.Entry, _ valid: [String], _ name: String
  ) -> SensorFailure {
    failure(name, entry.place, NearestName.unknown("key", entry.key, valid: valid))
  }

  private static func failure(
    _ name: String, _ place: TextPlace, _ text: String
  ) -> SensorFailure {
    SensorFailure(.configurationInvalid, "\(place.text(in: name)): \(text)")
  }
}

extension TraceExpectation.Wanted {
  /// Whether one of the findings is the wanted one; nil, or what is amiss with them.
  ///
  /// `floor` is the least severity that counts where the expectation names none.
  func amiss(_ findings: [Finding], floor: Severity) -> String? {
    let own = findings.filter { $0.analytic == analytic }
    let least = severity ?? floor
    guard !own.isEmpty else { return "no \(analytic.slug)" }
    guard let best = own.first(where: { $0.severity >= least && isThere($0) }) else {
      guard let other = own.first(where: { isThere($0) }) else {
        return "no \(analytic.slug) towards \(destination ?? "any destination")"
      }
      return "\(analytic.slug) is \(other.severity.rawValue), not \(least.rawValue)"
    }
    let told = own.count { $0.severity > .explained }
    if let count, told != count { return "\(told) findings of \(analytic.slug), not \(count)" }
    if let withinVisits, case .beacon(let beacon) = best.evidence,
      beacon.visitsAtFinding > withinVisits
    {
      return "reported after \(beacon.visitsAtFinding) visits, not within \(withinVisits)"
    }
    return nil
  }

  private func isThere(_ finding: Finding) -> Bool {
    guard let destination else { return true }
    return finding.message.contains(destination)
      || "\(finding.destination.key.endpoint)".contains(destination)
      || finding.destination.name?.contains(destination) == true
  }
}
