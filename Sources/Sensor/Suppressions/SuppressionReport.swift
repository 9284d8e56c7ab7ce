// SPDX-License-Identifier: Apache-2.0

internal import Analytics
public import Findings

/// Suppressions and what they do to findings, as lines for a terminal.
public enum SuppressionReport {
  /// A rule's state at a time: `active`, `expiring` (within two weeks) or `expired`.
  public static func state(_ rule: SuppressionRule, at unixSeconds: Int64) -> String {
    if rule.isExpiring(at: unixSeconds) { return "expiring" }
    return rule.isActive(at: unixSeconds) ? "active" : "expired"
  }

  /// One block a rule: what it takes, whose it is, until when, and how often it did.
  public static func list(
    _ entries: [SuppressionStore.Entry], hits: [String: SuppressionHits.Count],
    at unixSeconds: Int64
  ) -> String {
    guard !entries.isEmpty else { return "no suppressions\n" }
    return entries.map { entry in
      let rule = entry.rule
      let count = hits[rule.id]
      let last = count.map { ", last \(CalendarDay.dayText(unixSeconds: $0.last))" } ?? ""
      return """
        \(rule.id)  \(state(rule, at: unixSeconds)) until \
        \(CalendarDay.dayText(unixSeconds: rule.expires)), \(count?.hits ?? 0) hits\(last)
          takes    \(FindingTable.printable(object(rule)))
          version  \(versions(rule))
          started  by \(FindingTable.printable(starter(rule)))
          owner    \(FindingTable.printable(rule.owner))
          reason   \(FindingTable.printable(rule.reason))
          from     \(FindingTable.printable(entry.place))

        """
    }.joined()
  }

  /// The same, one JSON object a line.
  public static func json(
    _ entries: [SuppressionStore.Entry], hits: [String: SuppressionHits.Count],
    at unixSeconds: Int64
  ) -> String {
    entries.map { entry in
      let rule = entry.rule
      let count = hits[rule.id]
      let texts: [(String, String?)] = [
        ("id", rule.id), ("state", state(rule, at: unixSeconds)), ("origin", rule.program.origin),
        ("path", rule.program.path.isEmpty ? nil : rule.program.path),
        ("script", rule.program.script), ("initiator", rule.initiatorText),
        ("destination", "\(rule.destination)"), ("analytic", rule.analytic?.identifier),
        ("sha256", rule.sha256), ("script_sha256", rule.scriptSHA256), ("owner", rule.owner),
        ("reason", rule.reason),
        ("created", rule.created.map { CalendarDay.text(unixSeconds: $0) }),
        ("expires", CalendarDay.text(unixSeconds: rule.expires)),
        ("last_hit", count.map { CalendarDay.text(unixSeconds: $0.last) }),
        ("from", entry.place),
      ]
      // A TOML string without its own escapes is a JSON string.
      let members = texts.map { "\"\($0.0)\":\($0.1.map(TOMLText.quoted) ?? "null")" }
      let flags = [
        "\"every_version\":\(takesEveryVersion(rule))",
        "\"any_initiator\":\(rule.starter == .anything)", "\"hits\":\(count?.hits ?? 0)",
      ]
      return "{\((members + flags).joined(separator: ","))}\n"
    }.joined()
  }

  /// What a rule takes, in one line.
  public static func what(_ rule: SuppressionRule) -> String {
    var parts = [object(rule)]
    if !rule.isAddress {
      parts.append(contents(rule))
      parts.append("started by \(starter(rule))")
    }
    return FindingTable.printable(parts.joined(separator: ", "))
  }

  /// What a rule made of a finding covers besides what was found; nil where that is no more.
  public static func notice(_ rule: SuppressionRule, of finding: FlatFinding?) -> String? {
    guard takesEveryVersion(rule) else { return nil }
    let script = rule.scriptSHA256 == nil ? rule.program.scriptPath : nil
    let path = FindingTable.printable(
      rule.program.path + (script.map { " and of \($0)" } ?? ""))
    return finding?.candidate?.code.sha256 == nil
      ? "no digest of \(path) is known: every version of it is covered"
      : "every version of \(path) is covered, not only the one that was found"
  }

  private static func object(_ rule: SuppressionRule) -> String {
    named(rule.program) + " to \(rule.destination)"
      + (rule.analytic.map { ", \($0.slug) only" } ?? ", every analytic")
  }

  private static func named(_ program: SuppressedProgram) -> String {
    let executable =
      program.path.isEmpty ? program.origin : "\(program.path) (\(program.origin))"
    return executable + (program.script.map { " running \($0)" } ?? "")
  }

  private static func starter(_ rule: SuppressionRule) -> String {
    switch rule.starter {
    case .anything: "anything"
    case .unknown: "nothing that is known"
    case .program(let program): named(program)
    }
  }

  private static func takesEveryVersion(_ rule: SuppressionRule) -> Bool {
    rule.sha256 == nil && !rule.isAddress
  }

  private static func versions(_ rule: SuppressionRule) -> String {
    if rule.isAddress { return "no file is known" }
    let executable = rule.sha256.map { "sha256 \($0)" } ?? "every one"
    let script = rule.scriptSHA256.map { ", of the script sha256 \($0)" } ?? ""
    return executable + script + (rule.takesAnyCode ? ", of the code that it finds any" : "")
  }

  /// Which content of executable and script a rule takes.
  private static func contents(_ rule: SuppressionRule) -> String {
    if rule.sha256 == nil {
      return rule.scriptSHA256 == nil
        ? "every version" : "every version, this script's content only"
    }
    if rule.takesAnyCode { return "this content only, but any of the code that it finds" }
    return rule.scriptSHA256 == nil ? "this content only" : "this content and this script's only"
  }

  /// What makes a rule hold for more than one program of one file.
  private static func width(_ rule: SuppressionRule) -> String {
    var parts: [String] = []
    if takesEveryVersion(rule) { parts.append("every version") }
    if rule.starter == .anything { parts.append("whatever started it") }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  /// What rules do to each finding, judged at the finding's own time, and the sum of it.
  public static func test(_ suppressions: Suppressions, on findings: [FlatFinding]) -> String {
    var lines: [String] = []
    var hidden = 0
    for finding in findings {
      guard let candidate = finding.candidate, let time = finding.lastSeen else { continue }
      let message = FindingTable.printable(finding.message)
      switch suppressions.match(candidate, at: time) {
      case .none: continue
      case .suppressed(let rule):
        hidden += 1
        lines.append("hidden  \(finding.id) by \(rule.id)\(width(rule)): \(message)")
      case .nearly(let rule):
        let parts = rule.mismatches(candidate, at: time).map(\.differs).joined(separator: ", ")
        lines.append("nearly  \(finding.id) by \(rule.id), but \(parts): \(message)")
      }
    }
    lines.append("\(hidden) of \(findings.count) findings would be hidden")
    return lines.joined(separator: "\n") + "\n"
  }
}

extension SuppressionRule {
  /// A module and a class are names by which an interpreter finds files that nobody compared.
  fileprivate var takesAnyCode: Bool {
    program.script.map { $0.hasPrefix("module:") || $0.hasPrefix("class:") } ?? false
  }
}

extension SuppressionRule.Part {
  /// How a finding differs in this part, in words.
  public var differs: String {
    switch self {
    case .expiry: "it has expired"
    case .digest: "the executable's content is another or not known"
    case .scriptDigest: "the script's content is another or not known"
    case .provenance: "the code runs from a temporary place (P3)"
    case .analytic: "the analytic is another"
    case .port: "the port is another"
    case .destination: "the destination is another"
    case .starter: "what started it is another"
    case .script: "the script is another"
    case .executable: "the executable is another, or the file that ran is not of that package"
    }
  }
}
