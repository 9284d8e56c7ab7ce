// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Replay recorded traces whose truth is known.",
    discussion: """
      Traces under DIR/malicious must fire, those under DIR/benign must not: a finding of medium \
      or above is firing. NAME.toml beside NAME.trace may say which finding, and with which \
      configuration. Prints a line a trace, then the confusion matrix. Needs no privileges.
      """)

  @Argument(help: ArgumentHelp("Holds malicious/ and benign/.", valueName: "dir"))
  var directory: String

  @Option(
    help: ArgumentHelp(
      """
      Fail only when a share is lower: precision=0.95, recall=0.9, or a number for both. May be \
      repeated. Without it, any trace that is not as expected fails.
      """, valueName: "share"))
  var failUnder: [ShareArgument] = []

  @Option(help: ArgumentHelp("The configuration, where a trace names none.", valueName: "file"))
  var config: String?

  @Flag(help: "One JSON object a line; the last one is the confusion matrix.")
  var json = false

  func run() throws {
    var settings = SensorConfiguration()
    if let config {
      settings = try reporting { () throws(SensorFailure) in try SensorConfiguration.load(config) }
    }
    var verdicts: [TraceVerdict] = []
    do {
      try TraceVerdicts.judge(directory, configuration: settings) { verdict in
        verdicts.append(verdict)
        try Terminal.print((json ? verdict.json : verdict.line) + "\n")
      }
    } catch let failure as SensorFailure {
      throw failure.exit()
    }
    let matrix = ConfusionMatrix(verdicts)
    try Terminal.print((json ? matrix.json : matrix.lines.joined(separator: "\n")) + "\n")
    let hasFailed =
      failUnder.isEmpty
      ? verdicts.contains { !$0.isRight } : failUnder.contains { $0.isAbove(matrix) }
    if hasFailed { throw ExitCode(1) }
  }
}

/// `--fail-under`: the least precision, recall, or both.
struct ShareArgument: ExpressibleByArgument {
  enum Quantity: String {
    case precision, recall
  }

  let quantity: Quantity?
  let least: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count <= 2, let text = parts.last, let least = Double(text),
      (0...1).contains(least)
    else { return nil }
    quantity = parts.count == 2 ? Quantity(rawValue: String(parts[0])) : nil
    if parts.count == 2, quantity == nil { return nil }
    self.least = least
  }

  /// Whether it asks for more than was reached.
  ///
  /// A share that is not known, for want of traces, is not reached.
  func isAbove(_ matrix: ConfusionMatrix) -> Bool {
    let shares =
      switch quantity {
      case .precision: [matrix.precision]
      case .recall: [matrix.recall]
      case nil: [matrix.precision, matrix.recall]
      }
    return shares.contains { ($0 ?? -1) < least }
  }
}
