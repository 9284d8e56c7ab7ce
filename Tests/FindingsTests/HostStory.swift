// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Wire

/// Stories of a host that is known for a while, for tests of what surrounds a behaviour.
extension EventScript {
  static let day = 86_400.0
  /// Boot time 0 of `PipelineRun`, in Unix nanoseconds.
  static let epoch: Int64 = 1_763_700_000_000_000_000

  /// A package's program that talks once a day from the first day on: the host is known.
  static func host(knownFor days: Int) -> EventScript {
    var script = EventScript()
    let agent = image(10, start: 1)
    script.start(agent, "/usr/bin/resident", owner: nil)
    script.know(agent, packaged("resident"), at: agent.start)
    let remote = endpoint("192.0.2.200:443")
    for day in 0..<days { script.visit(agent, at: 10 + Double(day) * Self.day, to: remote) }
    return script
  }

  static func packaged(_ package: ByteString) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.owner = 0
    facts.mode = 0o100755
    facts.isDirectoryWritable = false
    facts.package = package
    facts.isPackageVerified = true
    return facts
  }

  /// The story's events in the order of their time, however it was told.
  var inOrder: EventScript {
    var script = EventScript()
    let ordered = events.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    for (_, event) in ordered { script.add(event) }
    return script
  }

  /// Visits by a clock.
  mutating func beat(
    _ image: ImageKey, from start: Double, every period: Double = 60, visits: Int = 12,
    to remote: Endpoint = EventScript.remote
  ) {
    for index in 0..<visits { visit(image, at: start + period * Double(index), to: remote) }
  }

  /// First bytes of the last socket's sender.
  mutating func says(_ bytes: [UInt8], on socket: SocketKey, at seconds: Double) {
    add(
      .head(
        HeadEvent(
          time: Self.instant(seconds), socket: socket, direction: .sent, offset: 0, data: bytes)))
  }
}

extension Finding {
  func test(_ name: String) -> TestResult? { tests.first { $0.name == name } }

  func outcome(_ name: String) -> TestResult.Outcome? { test(name)?.outcome }

  /// The names of the raises and lowers among the reasons.
  var factors: [String] {
    severityReasons.compactMap { reason in
      let name = reason.prefix { $0 != ":" }
      return name.wholeMatch(of: /[RL][1-9]/) == nil ? nil : String(name)
    }
  }
}
