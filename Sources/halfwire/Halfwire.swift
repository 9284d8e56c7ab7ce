// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Findings
import Sensor

@main
struct Halfwire: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halfwire",
    abstract: "Catches the sockets that talk into silence and the sockets that talk by the clock.",
    discussion: """
      Exit codes: 0 fine; 1 findings at or above --fail-on, or a failed test or doctor; 64 usage; \
      65 malformed trace; 66 file missing; 69 the kernel cannot; 70 internal; 74 I/O; \
      77 capability missing; 78 configuration invalid.
      """,
    version: sensorVersion,
    subcommands: [
      RunCommand.self, ReplayCommand.self, RecordCommand.self, TraceCommand.self,
      BaselineCommand.self, ExplainCommand.self, AllowCommand.self, ConfigCommand.self,
      DoctorCommand.self, SimulateCommand.self, TestCommand.self, VersionCommand.self,
    ])

  /// A word that is no command is told as such, with the one that was meant.
  static func main() {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
      !names.contains(word)
    {
      let failure = SensorFailure(
        .usage, NearestName.unknown("command", FindingTable.printable(word), valid: names))
      exit(withError: failure.exit())
    }
    main(nil)
  }
}
