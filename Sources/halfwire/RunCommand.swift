// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Findings
import Probe
import Sensor

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "The sensor: attach, analyse, export.",
    discussion: """
      Prints findings as they come and the table of all findings at the end. Stop with Ctrl-C.
      """)

  @Option(
    help: ArgumentHelp("Where metrics are served; none serves none.", valueName: "address:port"))
  var listen = defaultListenAddress

  @Flag(help: "Let other machines reach the metrics.")
  var allowNonLoopback = false

  @Option(help: ArgumentHelp("Also write metrics to DIR/halfwire.prom.", valueName: "dir"))
  var textfile: String?

  @Option(
    help: ArgumentHelp(
      "Write findings there, one JSON object a line; - is standard output.", valueName: "file"))
  var findings: String?

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "A file of suppressions, or a directory of them, besides those of the state directory.",
      valueName: "path"))
  var allow: [String] = []

  @Option(help: ArgumentHelp("Also record the stream into a trace.", valueName: "file"))
  var record: String?

  @OptionGroup var state: StateOption

  /// For tests of what a sensor that is killed leaves behind.
  @Option(help: .hidden)
  var saveInterval: DurationArgument?

  @Option(help: "How long to run, like 30s or 10m. Default: until stopped.")
  var duration: DurationArgument?

  @Option(help: "auto, functions or tracepoints.")
  var backend = BackendArgument.auto

  @OptionGroup var packets: PacketOptions

  @Flag(help: "Also tell pairs that behave but are explained by their context.")
  var all = false

  func run() throws {
    // Before any thread is started: they inherit the blocked signals.
    let signals = StopSignals()
    let summary = try reporting { () throws(SensorFailure) in
      var options = LiveSensor.Options()
      if let config { options.configuration = try .loadTrusted(config) }
      options.configuration.pipeline.includeExplained = all
      options.configuration.pipeline.suppressions = try SuppressionStore.load(
        state: state.directory, allow: allow
      ).suppressions
      options.probe.backend = backend.backend
      options.probe.packets = packets.knobs
      options.listen = listen == "none" ? nil : listen
      options.allowsNonLoopback = allowNonLoopback
      options.textfileDirectory = textfile
      options.findings = findings
      options.record = record
      options.state = state.directory
      if let saveInterval { options.saveInterval = saveInterval.duration }
      options.duration = duration?.duration
      return try LiveSensor(options).run(signals: signals) { notice in tell(notice) }
    }
    Terminal.say("ran over \(summary.events) events (lost: \(summary.lostRecords))")
    Terminal.warn(unaccounted: summary.unaccountedRecords)
    if findings != "-" {
      try Terminal.print(FindingTable.render(summary.findings, style: .standardOutput(all: all)))
      if let findings, let worst = summary.findings.first(where: { $0.severity > .explained }) {
        Terminal.say("next: halfwire explain \(worst.id) --from \(findings)")
      }
    }
  }

  private func tell(_ notice: LiveSensor.Notice) {
    switch notice {
    case .attached(let backend, let address):
      Terminal.say(
        "watching (backend \(backend.rawValue))"
          + (address.map { "; metrics on \($0)/metrics" } ?? "") + "; stop with Ctrl-C")
    case .found(let found): Terminal.say(found)
    case .finding(let finding):
      Terminal.say(
        "\(finding.status.rawValue) \(finding.id) \(finding.severity.rawValue): "
          + FindingTable.printable(finding.message))
    case .trouble(let text):
      Terminal.say("halfwire: warning: \(text)")
    }
  }
}

extension FindingTable.Style {
  /// As wide as the terminal, in colour where one is wanted.
  static func standardOutput(all: Bool) -> FindingTable.Style {
    FindingTable.Style(
      width: Terminal.width, usesColor: Terminal.wantsColor, showsExplained: all)
  }
}
