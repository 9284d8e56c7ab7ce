// SPDX-License-Identifier: Apache-2.0

import Analytics
import ArgumentParser
import Findings
import Sensor

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say in words why there is a finding, or what an analytic asks.",
    discussion: """
      Every test with its value and threshold, what the severity comes from and what would clear it, \
      the process with its lineage, the last visits drawn, and what the finding does not prove.
      """)

  @Argument(help: "A finding's id, with --from; or an analytic, as beacon or AN0597.")
  var subject: String

  @Option(
    help: ArgumentHelp(
      "A findings file, state directory, trace or Zeek log.", valueName: "file"))
  var from: String?

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
  var config: String?

  @Flag(help: "Pass over what is malformed.")
  var lenient = false

  func run() throws {
    let text = try reporting { () throws(SensorFailure) in
      let configuration = try SensorConfiguration.optional(config)
      if let analytic = Analytic(name: subject) {
        return Explanation.text(
          of: analytic, parameters: configuration.parameters(of: analytic), width: Self.width)
      }
      guard let from else {
        let word = FindingTable.printable(subject)
        throw SensorFailure(
          .usage,
          word.hasPrefix("f-")
            ? "say where the finding stands: halfwire explain \(word) --from FILE"
            : NearestName.unknown(
              "analytic", word, valid: Analytic.allCases.map(\.slug),
              also: Analytic.allCases.map(\.identifier))
              + "; or a finding's id with --from FILE")
      }
      let found = try FindingSource.find(
        subject, in: from, configuration: configuration, isLenient: lenient)
      for warning in found.warnings { Terminal.say("halfwire: warning: \(warning)") }
      return Explanation.text(
        of: found.finding, source: from, configuration: config, width: Self.width)
    }
    try Terminal.print(text)
  }

  /// Long lines are hard to read: no wider than 100 columns.
  private static var width: Int { min(Terminal.width ?? 80, 100) }
}
