// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Probe
import Sensor

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record what the kernel tells into a trace.",
    discussion: """
      The trace keeps arguments and first payload bytes, which can hold secrets: the file's mode is \
      0600. Stop with Ctrl-C or --duration; what was recorded until then is kept.
      """)

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"))
  var output: String

  @Option(help: "How long to record, like 30s or 10m. Default: until stopped.")
  var duration: DurationArgument?

  @Option(help: "Stop before the file grows beyond this, like 500k, 20M or 1G.")
  var maxSize: SizeArgument?

  @Option(help: "auto, functions or tracepoints.")
  var backend = BackendArgument.auto

  @OptionGroup var packets: PacketOptions

  @Flag(help: "Hash argument values and addresses with a salt of this file, drop names.")
  var redact = false

  @Flag(help: "Write the JSON Lines form instead of the native one.")
  var jsonl = false

  func run() throws {
    let signals = StopSignals()
    var options = Recording.Options(output: output)
    options.duration = duration?.duration
    options.maximumBytes = maxSize?.bytes
    options.isJSONLines = jsonl
    options.isRedacted = redact
    var configuration = ProbeConfiguration()
    configuration.backend = backend.backend
    configuration.packets = packets.knobs
    let summary = try reporting { () throws(SensorFailure) in
      try Recording.run(options, probe: configuration, signals: signals) { backend, found in
        Terminal.say(found)
        Terminal.say("recording to \(output) (backend \(backend.rawValue)); stop with Ctrl-C")
      }
    }
    Terminal.say(
      "recorded \(summary.events) events, \(summary.bytes) bytes (lost: \(summary.lostRecords))")
    Terminal.warn(unaccounted: summary.unaccountedRecords)
    Terminal.say(skippedRuns: summary.skippedRuns)
    if output != "-" { Terminal.say("next: halfwire replay \(output)") }
  }
}
