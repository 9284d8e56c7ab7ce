// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check every requirement by really trying it, and say the fix.")

  @Flag(help: "One JSON object a line.")
  var json = false

  @Flag(help: "Also print the kernel verifier's log of a refused load.")
  var verifierLog = false

  @Option(help: ArgumentHelp("The address metrics will be served on.", valueName: "address:port"))
  var listen = defaultListenAddress

  func run() throws {
    let checks = Doctor.examine(listen: listen)
    for check in checks {
      try Terminal.print((json ? check.json : check.line) + "\n")
      if verifierLog, !check.verifierLog.isEmpty { Terminal.say(check.verifierLog) }
    }
    if checks.contains(where: { $0.outcome == .fail }) { throw ExitCode(1) }
  }
}
