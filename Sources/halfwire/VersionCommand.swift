// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version and the built-in BPF objects.")

  @Flag(help: "One JSON object.")
  var json = false

  func run() throws {
    let objects = BuiltInObjects.digests()
    if json {
      let fields = objects.map { "\"\($0.object)\":\"\($0.sha256)\"" }.joined(separator: ",")
      try Terminal.print("{\"version\":\"\(sensorVersion)\",\"bpf_objects\":{\(fields)}}\n")
      return
    }
    let lines =
      ["halfwire \(sensorVersion)"] + objects.map { "  \($0.object).o sha256 \($0.sha256)" }
    try Terminal.print(lines.joined(separator: "\n") + "\n")
  }
}
