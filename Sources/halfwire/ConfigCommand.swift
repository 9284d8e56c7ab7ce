// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check a configuration, show what is in force, or print one.",
    subcommands: [Check.self, Show.self, Default.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say everything that is wrong with a file, by line and column.",
      discussion: "Exit code 78 where anything is.")

    @Argument(help: "The configuration file.")
    var file: String

    func run() throws {
      let problems = try reporting { () throws(SensorFailure) in
        try SensorConfiguration.problems(in: file)
      }
      for problem in problems { Terminal.say("halfwire: \(problem)") }
      if !problems.isEmpty { throw ExitCode(ExitStatus.configurationInvalid.rawValue) }
      let hash = try reporting { () throws(SensorFailure) in
        try SensorConfiguration.load(file).hash
      }
      try Terminal.print("\(file): valid (hash \(hash))\n")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every setting in force, with where it comes from.")

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String?

    func run() throws {
      let configuration = try reporting { () throws(SensorFailure) in
        if let config { return try SensorConfiguration.load(config) }
        return SensorConfiguration()
      }
      try Terminal.print(configuration.effectiveText)
    }
  }

  struct Default: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a commented file with every key at its default.")

    func run() throws { try Terminal.print(SensorConfiguration.defaultText) }
  }
}
