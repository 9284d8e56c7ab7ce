// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

@main
struct Halfwire: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halfwire",
    abstract: "Catches the sockets that talk into silence and the sockets that talk by the clock.",
    discussion: """
      Exit codes: 0 fine; 1 findings at or above --fail-on, or a failed test or doctor; 64 usage;
      65 malformed trace; 66 file missing; 69 the kernel cannot; 70 internal; 74 I/O;
      77 capability missing; 78 configuration invalid.
      """,
    version: sensorVersion,
    subcommands: [
      RunCommand.self, ReplayCommand.self, RecordCommand.self, TraceCommand.self,
      BaselineCommand.self, ExplainCommand.self, AllowCommand.self, ConfigCommand.self,
      DoctorCommand.self, SimulateCommand.self, TestCommand.self, VersionCommand.self,
    ])
}
