// SPDX-License-Identifier: Apache-2.0

import Analytics
import ArgumentParser
import Findings
import Sensor

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "The same analytics on recorded traces and on Zeek's conn.log.",
    discussion: "Needs no privileges. The same trace gives the same output, byte for byte.")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json
  }

  @Argument(help: "Traces, native or JSON Lines, or Zeek's conn.log; - is standard input.")
  var files: [String]

  @Option(help: "table, or json: one finding a line.")
  var format = Format.table

  @Option(help: "Only this analytic, by its short name or identifier: beacon, AN0597 ...")
  var only: AnalyticArgument?

  @Option(help: "Exit 1 if a finding is at or above low, medium or high.")
  var failOn: SeverityArgument?

  @Flag(help: "Also show pairs that behave but are explained by their context.")
  var all = false

  @Flag(help: "Pass over what is malformed, and count it.")
  var lenient = false

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Go on from this state directory and leave there what is learned.", valueName: "dir"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "A file of suppressions, or a directory of them; may be said again.", valueName: "path"))
  var allow: [String] = []

  func run() throws {
    let findings = try reporting { () throws(SensorFailure) in try replayAll() }
    switch format {
    case .table:
      try Terminal.print(
        FindingTable.render(findings.map(\.finding), style: .standardOutput(all: all)))
      if let next = next(findings) { Terminal.say("next: \(next)") }
    case .json:
      for (finding, _) in findings where all || finding.severity > .explained {
        try Terminal.print(String(decoding: FindingJSON.encode(finding), as: UTF8.self) + "\n")
      }
    }
    guard let failOn else { return }
    if findings.contains(where: { $0.finding.severity >= failOn.severity }) { throw ExitCode(1) }
  }

  /// What to type next, about the worst finding; nothing for standard input, which is used up.
  private func next(_ findings: [(finding: Finding, file: String)]) -> String? {
    guard let worst = findings.first(where: { all || $0.finding.severity > .explained }),
      worst.file != "-"
    else { return nil }
    return "halfwire explain \(worst.finding.id) --from \(worst.file)"
      + (config.map { " --config \($0)" } ?? "")
  }

  private func replayAll() throws(SensorFailure) -> [(finding: Finding, file: String)] {
    var configuration = SensorConfiguration()
    if let config { configuration = try .load(config) }
    configuration.pipeline.suppressions = try SuppressionStore.load(allow).suppressions
    var findings: [(finding: Finding, file: String)] = []
    for file in files {
      let start = ContinuousClock.now
      let result = try Replay.run(
        file, configuration: configuration, isLenient: lenient, state: state)
      let elapsed = start.duration(to: .now) / .seconds(1)
      Terminal.say(
        "replayed \(Self.grouped(result.events)) events, \(Self.span(result.hostNanoseconds)) "
          + "of host time in \((elapsed * 100).rounded() / 100) s (lost: \(result.lostRecords))")
      for warning in result.warnings { Terminal.say("halfwire: warning: \(warning)") }
      findings += result.findings.map { ($0, file) }
    }
    // Worst first over all files; the order within each is the pipeline's.
    return
      findings
      .filter { only == nil || $0.finding.analytic == only?.analytic }
      .enumerated()
      .sorted { left, right in
        (right.element.finding.severity, left.offset) < (
          left.element.finding.severity, right.offset
        )
      }
      .map(\.element)
  }

  /// With a comma every three digits.
  static func grouped(_ number: UInt64) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// "6 h 05 m", "12 m 30 s" or "8 s".
  static func span(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    let padded = { (value: UInt64) in value < 10 ? "0\(value)" : "\(value)" }
    if seconds >= 3600 { return "\(seconds / 3600) h \(padded(seconds / 60 % 60)) m" }
    if seconds >= 60 { return "\(seconds / 60) m \(padded(seconds % 60)) s" }
    return "\(seconds) s"
  }
}

/// `--only`: an analytic by its slug or identifier.
struct AnalyticArgument: ExpressibleByArgument {
  let analytic: Analytic

  init?(argument: String) {
    guard let analytic = Analytic(name: argument) else { return nil }
    self.analytic = analytic
  }

  static var allValueStrings: [String] { Analytic.allCases.map(\.slug) }
}

/// `--fail-on`: a severity that a finding can have.
struct SeverityArgument: ExpressibleByArgument {
  let severity: Severity

  init?(argument: String) {
    guard let severity = Severity(rawValue: argument), severity > .explained else { return nil }
    self.severity = severity
  }

  static var allValueStrings: [String] {
    Severity.allCases.filter { $0 > .explained }.map(\.rawValue)
  }
}
