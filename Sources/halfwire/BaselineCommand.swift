// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline", abstract: "What this host normally does.",
    subcommands: [Show.self, Export.self, Import.self, Reset.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show it, as of the last save.",
      discussion: "Days are those of the last 14 with an outbound connection.")

    @OptionGroup var state: StateOption

    @Flag(help: "One JSON object a subject and line.")
    var json = false

    func run() throws {
      let directory = try state.required()
      let lines = try reporting { () throws(SensorFailure) in
        json ? try StateTools.lines(directory) : [try StateTools.table(directory)]
      }
      try Terminal.print(lines.map { $0 + "\n" }.joined())
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write it for other hosts, one JSON object a line.")

    @Argument(help: "The file to write; - is standard output.")
    var file = "-"

    @OptionGroup var state: StateOption

    func run() throws {
      let directory = try state.required()
      let count = try reporting { () throws(SensorFailure) in
        try StateTools.export(directory, to: file)
      }
      Terminal.say("exported \(count) \(count == 1 ? "line" : "lines")")
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Learn from other hosts' exports which destinations are common.",
      discussion: """
        With --as-role this host takes over what another one of its role does, so that it need not \
        be learned first. The sensor must not run meanwhile.
        """)

    @Argument(help: "Exports; - is standard input.")
    var files: [String]

    @Flag(help: "Take over all that the exporting host does as usual here.")
    var asRole = false

    @OptionGroup var state: StateOption

    func run() throws {
      let directory = try state.required()
      for file in files {
        let result = try reporting { () throws(SensorFailure) in
          try StateTools.import(file, into: directory, asRole: asRole)
        }
        let what = asRole ? "\(result.subjects) subjects and " : ""
        Terminal.say("imported \(what)\(result.destinations) destinations of \(result.host)")
      }
    }
  }

  struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget it all, with the state of pairs and findings.",
      discussion: "The sensor must not run meanwhile. What it learns next is learned anew.")

    @Flag(help: "Do it.")
    var yes = false

    @OptionGroup var state: StateOption

    func run() throws {
      let directory = try state.required()
      guard yes else {
        throw SensorFailure(
          .usage, "this forgets all that was learned in \(directory); say --yes to do it"
        ).exit()
      }
      let isRemoved = try reporting { () throws(SensorFailure) in
        try StateTools.reset(directory)
      }
      Terminal.say(isRemoved ? "forgotten" : "\(directory): there was no state")
    }
  }
}
