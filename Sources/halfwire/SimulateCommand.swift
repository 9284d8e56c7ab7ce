// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Sensor
import Simulate
import Wire

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Act out a harmless beacon or one-way sender, to prove an installation end to end.",
    discussion: """
      It runs from a copy of this program in a temporary directory and talks to a server of its \
      own on 127.0.0.1. Loopback traffic raises findings only where the sensor's configuration \
      says so:
        [analytics]
        include_loopback = true
      """)

  @Argument(
    help: "What to act out: beacon or one-way.",
    transform: { text in
      guard let kind = Behaviour.Kind(rawValue: text) else {
        throw ValidationError("\(text) is neither beacon nor one-way")
      }
      return kind
    })
  var kind: Behaviour.Kind

  @Option(help: "Pause between visits. Default: 5s for beacon, 200s for one-way.")
  var period: DurationArgument?

  @Option(help: "Two-sided jitter of the pause, as a part of it.")
  var jitter = 0.1

  @Option(help: "Number of visits. Default: 12 for beacon, 4 for one-way.")
  var visits: Int?

  @Option(help: "Bytes each visit sends. Default: 517 for beacon, 65536 for one-way.")
  var bytes: Int?

  @Option(help: ArgumentHelp("Visit this server instead of an own one.", valueName: "address:port"))
  var to: String?

  @Flag(help: .hidden)
  var inPlace = false

  func validate() throws {
    guard (0...0.9).contains(jitter) else {
      throw ValidationError("--jitter is a part of the period, from 0 to 0.9")
    }
    guard (1...100_000).contains(visits ?? 1), (1...1_000_000_000).contains(bytes ?? 1) else {
      throw ValidationError("--visits goes up to 100000, --bytes up to 1000000000")
    }
  }

  func run() throws {
    try reporting { () throws(SensorFailure) in
      do throws(SimulationError) {
        if inPlace { try visit() } else { try host() }
      } catch {
        if case .foreignDestination = error { throw SensorFailure(.usage, error.description) }
        throw SensorFailure(.inputOutput, error.description)
      }
    }
  }

  private var behaviour: Behaviour {
    let isBeacon = kind == .beacon
    return Behaviour(
      kind: kind, period: period?.duration ?? .seconds(isBeacon ? 5 : 200), jitter: jitter,
      visits: visits ?? (isBeacon ? 12 : 4), requestBytes: bytes ?? (isBeacon ? 517 : 65536))
  }

  /// The copy's part: the visits.
  private func visit() throws(SimulationError) {
    StopSignals.unblock()
    guard let to, let destination = Endpoint(text: to) else {
      throw .system(operation: "read --to \(to ?? "")", code: EINVAL)
    }
    let behaviour = behaviour
    try Client(behaviour: behaviour, destination: destination).run { visit, sent, received in
      Terminal.say(
        "visit \(visit) of \(behaviour.visits): sent \(sent) B, received \(received) B")
    }
  }

  /// This process's part: the copy, and the server where none was named.
  private func host() throws(SimulationError) {
    let signals = StopSignals()
    let behaviour = behaviour
    if let to {
      guard let endpoint = Endpoint(text: to) else {
        throw .system(operation: "read --to \(to)", code: EINVAL)
      }
      _ = try Client(behaviour: behaviour, destination: endpoint)
    }
    let copy = try TemporaryCopy()
    let destination: String
    var server: Server?
    if let to {
      destination = to
      server = nil
    } else {
      let own = try Server(for: kind)
      destination = own.endpoint.description
      server = consume own
      Terminal.say(
        "simulate: loopback raises findings only with include_loopback = true under [analytics]")
    }
    let child = try copy.start([
      "simulate", kind.rawValue, "--in-place", "--to", destination, "--visits",
      "\(behaviour.visits)", "--bytes", "\(behaviour.requestBytes)", "--jitter", "\(jitter)",
      "--period", "\(behaviour.period / .milliseconds(1))ms",
    ])
    Terminal.say("simulate: \(kind.rawValue) to \(destination), \(behaviour.visits) visits")
    let isOver = { child.hasEnded() || signals.arrived() }
    if let server {
      server.serve(until: isOver)
    } else {
      while !isOver() { Client.pause() }
    }
    guard child.hasSucceeded || !child.hasEnded() else {
      throw .system(operation: "run the copy", code: ECHILD)
    }
  }
}
