// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Look into a recorded trace, or convert it.",
    subcommands: [Info.self, Convert.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what is in a trace.")

    @Argument(help: "The trace; - is standard input.")
    var file: String

    @Flag(help: "Pass over what is malformed, and count it.")
    var lenient = false

    func run() throws {
      let description = try reporting { () throws(SensorFailure) in
        try TraceTools.describe(file, isLenient: lenient)
      }
      try Terminal.print(description.lines.joined(separator: "\n") + "\n")
      for warning in description.warnings { Terminal.say("halfwire: warning: \(warning)") }
    }
  }

  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Convert native to JSON Lines, or JSON Lines to native.",
      discussion: "A target that ends in .zst becomes compressed JSON Lines.")

    @Argument(help: "The trace; - is standard input.")
    var source: String

    @Argument(help: "The file to write; - is standard output.")
    var target: String

    @Flag(help: "Pass over what is malformed, and count it.")
    var lenient = false

    func run() throws {
      let warnings = try reporting { () throws(SensorFailure) in
        try TraceTools.convert(source, to: target, isLenient: lenient)
      }
      for warning in warnings { Terminal.say("halfwire: warning: \(warning)") }
    }
  }
}
