// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// A finding in words: why, who, where, when, what would clear it and what it does not prove.
public struct Explanation {
  private let finding: FlatFinding
  private let value: JSONValue
  private var page: ExplanationText

  /// The whole text, at most `width` columns wide, without colour.
  ///
  /// `source` is the file it comes from and `configuration` the one it was read with, for the commands
  /// at the end.
  public static func text(
    of finding: FlatFinding, source: String, configuration: String? = nil, width: Int = 80
  ) -> String {
    var explanation = Explanation(finding, width: width)
    explanation.writeHead()
    explanation.writeTests()
    explanation.writeSeverity()
    explanation.writeProcess()
    explanation.writeDestination()
    explanation.writeTimes()
    explanation.writeLimits()
    explanation.writeCommands(source, configuration)
    return explanation.page.text
  }

  private init(_ finding: FlatFinding, width: Int) {
    self.finding = finding
    value = finding.value
    page = ExplanationText(width: width)
  }

  private mutating func writeHead() {
    let severity = value["severity"].text ?? "unknown"
    let analytic = [value["analytic"].text, value["technique"].text].compactMap(\.self)
    page.paragraph(
      "\(finding.id)  \(severity)  \(value["slug"].text ?? "") "
        + "(\(analytic.joined(separator: ", ")))", first: "")
    page.paragraph(finding.message, first: "")
    page.literal("")
    page.row("score", value["score"].shown)
    page.row("confidence", value["confidence"].shown)
    page.row("mode", value["mode"].shown)
    page.row("host", value["host"].shown)
    page.row("rule", value["suppression_nearly"].shown.map { "\($0) almost takes it" })
  }

  // MARK: Why

  private mutating func writeTests() {
    page.heading("WHY: every test that was made")
    for test in value["tests"].list {
      let name = test["name"].text ?? "?"
      let outcome =
        switch test["outcome"].text {
        case "met": "met     "
        case "not_met": "not met "
        default: "unknown "
        }
      var measured = "\(name): \(test["value"].shown ?? "not known")"
      if let threshold = test["threshold"].shown { measured += ", measured against \(threshold)" }
      page.paragraph(measured, first: "  \(outcome) ", rest: "           ")
      if let question = ExplanationWords.question(of: name, in: value["slug"].text ?? "") {
        page.paragraph(question, first: "           ")
      }
    }
    let evidence = value["evidence"].members.compactMap { member in
      member.value.shown.map { (name: member.key, text: $0) }
    }
    guard !evidence.isEmpty else { return }
    page.heading("NUMBERS")
    let column = (evidence.map(\.name.count).max() ?? 0) + 2
    for (name, text) in evidence { page.row(name, text, column: column) }
  }

  private mutating func writeSeverity() {
    page.heading("SEVERITY: \(value["severity"].text ?? "unknown"), because")
    let reasons = value["severity_reasons"].list.compactMap(\.text)
    for reason in reasons { page.item(reason) }
    // Nothing else clears code from a temporary place.
    let decisive = isVolatile ? reasons.filter { $0.hasPrefix("P3") || $0.hasPrefix("R") } : reasons
    let remedies = decisive.compactMap(ExplanationWords.remedy)
    guard !remedies.isEmpty else { return }
    page.literal("")
    page.paragraph("What would clear it:")
    for remedy in remedies { page.item(remedy) }
  }

  /// Code from a temporary place.
  private var isVolatile: Bool { value["process"]["provenance"].text == "P3" }

  /// Stray packets from a private address, which need no process to ask for a look.
  private var isFromNeighbour: Bool {
    value["tests"].list.contains {
      $0["name"].text == "from_private_address" && $0["outcome"].text == "met"
    }
  }

  // MARK: Who and where

  private mutating func writeProcess() {
    page.heading("WHO")
    let process = value["process"]
    if process["pid"].number == nil {
      page.paragraph(
        "No process is known. The address \(value["connections"].list.first?["local_address"].text ?? "of the originator") "
          + "stands in for it, so severity is at most \(isFromNeighbour ? "medium" : "low").")
      page.row("subject", value["subject"].text)
      return
    }
    page.row("process", process["exe"].shown)
    page.row("pid", process["pid"].shown.map { "\($0), started \(process["start"].shown ?? "?")" })
    page.row("arguments", process["argv"].list.compactMap(\.text).joined(separator: " "))
    page.row("script", process["script"].shown)
    page.row("user", process["uid"].shown.map { "uid \($0)" })
    page.row("unit", process["unit"].shown)
    page.row("container", process["container"].shown)
    page.row("image", process["image"].shown)
    page.row("pod", process["pod"].shown)
    page.row("file", fileText(process))
    page.row("sha256", process["sha256"].shown)
    page.row("directory", process["cwd"].shown)
    page.row("initiator", process["initiator"].shown)
    if let opener = value["opener"]["exe"].shown {
      page.row("opened by", "\(opener) (pid \(value["opener"]["pid"].shown ?? "?"))")
    }
    writeLineage(process)
  }

  private func fileText(_ process: JSONValue) -> String? {
    var parts: [String] = []
    if let provenance = process["provenance"].text { parts.append(provenance) }
    if let package = process["package"].text {
      let isVerified = process["package_verified"].flag
      parts.append(
        package.isEmpty
          ? "no package" : "package \(package)\(isVerified == false ? ", altered" : "")")
    }
    if let state = process["exe_state"].text { parts.append(state) }
    if let owner = process["owner"].shown { parts.append("owner \(owner)") }
    if let mode = process["mode"].number.flatMap({ UInt32(exactly: $0) }) {
      parts.append("mode \(String(mode & 0o7777, radix: 8))")
    }
    if let modified = process["mtime"].text { parts.append("changed \(modified)") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// The oldest ancestor first, each below the one that started it.
  private mutating func writeLineage(_ process: JSONValue) {
    let ancestors = process["ancestors"].list
    guard !ancestors.isEmpty else { return }
    page.literal("")
    page.paragraph("Lineage:")
    var depth = 0
    for step in ancestors.reversed() + [process] {
      let indent = String(repeating: "  ", count: min(depth, 8))
      let arguments = Self.shortened(
        step["argv"].list.compactMap(\.text).dropFirst().joined(separator: " "))
      let name = step["exe"].text ?? "a program that was not seen"
      page.paragraph(
        "\(name) [\(step["pid"].shown ?? "?")] \(arguments)",
        first: "  \(indent)\(depth == 0 ? "" : "`- ")", rest: "  \(indent)     ")
      depth += 1
    }
  }

  /// The acting process's own arguments stand above in full; of an ancestor the beginning will do.
  private static func shortened(_ text: String) -> String {
    text.count > 200 ? text.prefix(197) + "..." : text
  }

  private mutating func writeDestination() {
    let destination = value["destination"]
    page.heading("WHERE")
    // The network namespace in a loopback key says nothing to people.
    page.row("about", destination["key"].text.map { String($0.prefix { $0 != "@" }) })
    page.row(
      "address", "\(destination["address"].text ?? "?") port \(destination["port"].shown ?? "?")")
    page.row(
      "name",
      destination["name"].text.map { "\($0) (from \(destination["name_source"].text ?? "?"))" }
        ?? "none was seen")
    let through = destination["through"]
    if let address = through["address"].text {
      page.row(
        "passed on by",
        "\(through["exe"].text ?? "a program that was not seen") [\(through["pid"].shown ?? "?")] to "
          + "\(address) port \(through["port"].shown ?? "?")")
    }
    page.row("scope", destination["scope"].text)
    let addresses = destination["addresses"].list.compactMap(\.text)
    if addresses.count > 1 { page.row("addresses", addresses.joined(separator: ", ")) }
    page.row("first seen", destination["first_seen_here"].shown)
    page.row("also used by", destination["other_subjects"].shown.map { "\($0) other programs" })
    page.row("protocol", value["protocol"]["seen"].shown)
    page.row("ALPN", value["protocol"]["alpn"].shown)
    page.row("JA4", value["protocol"]["ja4"].shown)
  }

  // MARK: When

  private mutating func writeTimes() {
    page.heading("WHEN")
    page.row("first seen", value["first_seen"].text)
    page.row("last seen", value["last_seen"].text)
    let times = value["connections"].list
      .compactMap { $0["time"].text.flatMap(MomentText.unixMilliseconds) }.sorted()
    guard let drawing = ExplanationDrawing(milliseconds: times, width: page.width) else { return }
    page.literal("")
    page.paragraph("The last \(times.count) connections:")
    for line in drawing.timeline { page.literal(line) }
    guard !drawing.histogram.isEmpty else { return }
    page.literal("")
    page.paragraph("Pauses between them:")
    for line in drawing.histogram { page.literal(line) }
  }

  // MARK: What is left

  private mutating func writeLimits() {
    page.heading("WHAT THIS DOES NOT PROVE")
    let known = finding.analytic.flatMap(ExplanationPage.of)
    if let known { page.paragraph(known.limit) }
    if let lost = value["lost_events"].number, lost > 0 {
      page.paragraph(
        "\(value["lost_events"].shown ?? "") records were lost meanwhile; numbers may be low.")
    }
    guard let known else { return }
    page.literal("")
    page.paragraph("Legitimate if:")
    for reason in known.legitimateIf { page.item(reason) }
    page.paragraph("Escalate if:")
    for reason in known.escalateIf { page.item(reason) }
  }

  private mutating func writeCommands(_ source: String, _ configuration: String?) {
    page.heading("NEXT")
    let destination = value["destination"]
    if let address = destination["address"].text {
      page.literal("  ss -tnpi dst \(ShellText.quoted(address))")
    }
    let process = value["process"]
    if let pid = process["pid"].shown {
      page.literal("  ls -l /proc/\(pid)/exe; ps -o pid,ppid,user,lstart,args -p \(pid)")
    }
    if let path = process["exe"].text {
      let quoted = ShellText.quoted(path)
      page.literal("  sha256sum \(quoted); dpkg -S \(quoted) || rpm -qf \(quoted)")
    }
    if let unit = process["unit"].text {
      page.literal("  systemctl status \(ShellText.quoted(unit))")
    }
    page.literal("  halfwire explain \(value["slug"].text ?? "beacon")")
    // No suppression holds for code from a temporary place, or for a file nothing vouches for.
    guard let candidate = finding.candidate, !candidate.code.isVolatile, candidate.isVouchedFor
    else { return }
    let from = ShellText.quoted(source)
    let config = configuration.map { " --config \(ShellText.quoted($0))" } ?? ""
    page.literal(
      "  halfwire allow add \(finding.id) --from \(from)\(config) --owner YOU --reason WHY "
        + "--state DIR" + missingParts(candidate))
  }

  /// What a suppression needs besides what the finding knows.
  private func missingParts(_ candidate: SuppressionCandidate) -> String {
    guard let program = candidate.program, !program.path.isEmpty else { return "" }
    var text = ""
    if candidate.code.sha256 == nil {
      text += program.origin.hasPrefix("uid:") ? " --sha256 DIGEST" : " --every-version"
    }
    if program.scriptPath != nil, candidate.code.scriptSHA256 == nil,
      !text.hasSuffix("--every-version")
    {
      text += " --script-sha256 DIGEST"
    }
    switch candidate.starter {
    case nil: text += " --initiator none"
    case let starter?: if starter.origin.hasPrefix("pid:") { text += " --any-initiator" }
    }
    return text
  }
}

/// Text as a shell takes it for one word.
enum ShellText {
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
          || (0x61...0x7a).contains(byte) || "/._-:@%+=,".utf8.contains(byte)
      }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
