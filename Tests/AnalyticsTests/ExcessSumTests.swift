// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Analytics

/// Sums by day under addresses, networks, names and all remotes, against a reference that goes
/// through the whole history at every step.
@Suite("What excess-egress counts under wide keys")
struct ExcessSumTests {
  private let process = EventScript.image(100)
  private static let day = 86_400.0

  private func upload(
    _ script: inout EventScript, at seconds: Double, to remote: Endpoint, sent: UInt64,
    received: UInt64, host: String? = nil
  ) {
    let head = "PUT / HTTP/1.1\r\n" + (host.map { "Host: \($0)\r\n\r\n" } ?? "\r\n")
    script.upload(
      process, at: seconds, Array(head.utf8), to: remote, chunks: [sent], received: received)
  }

  private func address(_ network: Int, _ host: Int) -> Endpoint {
    EventScript.endpoint("\(network == 0 ? "203.0.113" : "198.51.100").\(host):80")
  }

  @Test("A large upload of long ago does not silence the wide keys for ever")
  func oldUpload() {
    var script = EventScript()
    // Answered in full, so no behaviour of its own.
    upload(&script, at: 100, to: address(1, 9), sent: 90_000_000, received: 90_000_000)
    // A month later eight addresses of another network, a megabyte each.
    for host in 1...8 {
      upload(
        &script, at: 30 * Self.day + 600 * Double(host), to: address(0, host), sent: 1_000_000,
        received: 1_000)
    }
    // And eight of the network of the first.
    for host in 10...17 {
      upload(
        &script, at: 40 * Self.day + 600 * Double(host), to: address(1, host), sent: 1_000_000,
        received: 1_000)
    }
    let told = Set(BehaviourRun(script).signals(.excessEgress).map(\.pair.destination))
    #expect(
      told == [
        .network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 80),
        .network(IPAddress(ipv4: 0xc633_6400), bits: 24, port: 80),
      ])
  }

  @Test("What an address told of stays its own after its finding is over")
  func toldOnce() {
    var script = EventScript()
    upload(&script, at: 100, to: address(0, 1), sent: 9_000_000, received: 1_000)
    // Three days later, over other addresses, less than the floor in all.
    for host in 2...5 {
      upload(
        &script, at: 3 * Self.day + 600 * Double(host), to: address(0, host), sent: 1_000_000,
        received: 1_000)
    }
    let run = BehaviourRun(script)
    #expect(run.signals(.excessEgress).map(\.pair.destination.endpoint) == [address(0, 1)])
    // When its old bytes are out of all sums, new ones of it count like any others.
    for host in 1...5 {
      upload(
        &script, at: 20 * Self.day + 600 * Double(host), to: address(0, host), sent: 1_000_000,
        received: 1_000)
    }
    let more = BehaviourRun(script)
    #expect(
      more.signals(.excessEgress).last?.pair.destination
        == .network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 80))
  }

  @Test("An address that told, and gets a little every day, does not keep the others quiet")
  func decoy() {
    var script = EventScript()
    upload(&script, at: 100, to: address(0, 1), sent: 6_000_000, received: 1_000)
    for day in 1...4 {
      let noon = (Double(day) + 0.5) * Self.day
      upload(&script, at: noon, to: address(0, 1), sent: 200, received: 10)
      // Twelve addresses that nobody saw before, each of another network.
      for host in 1...12 {
        upload(
          &script, at: noon + 600 * Double(host),
          to: EventScript.endpoint("11.\(day).\(host).1:80"), sent: 600_000, received: 1_000)
      }
    }
    let told = Set(BehaviourRun(script).signals(.excessEgress).map(\.pair.destination))
    #expect(told == [.endpoint(address(0, 1), namespace: 0), .all(.external)])
  }

  // MARK: The clock is set

  private static let all = Destination.all(.external)

  /// Plays the first events of a script, sets the clock, and plays the rest.
  private func behaviours(
    _ script: EventScript, movedBySeconds seconds: Double, after count: Int
  ) -> (Behaviours, signals: [Behaviours.Signal]) {
    var flows = FlowTable()
    var behaviours = Behaviours()
    for event in script.events[..<count] { flows.apply(event, observer: &behaviours) }
    behaviours.removeSignals()
    behaviours.move(bySeconds: seconds)
    for event in script.events[count...] { flows.apply(event, observer: &behaviours) }
    return (behaviours, behaviours.signals)
  }

  /// What all remotes have of one day.
  private func sentByAll(_ behaviours: Behaviours, on day: UInt32) -> UInt64? {
    behaviours.excessEgress.wide.used.first { $0.pair.destination == Self.all }.map {
      behaviours.excessEgress.wide[$0.slot].moved(on: day).sent
    }
  }

  @Test("After a step of the clock an address tells of its old days no second time")
  func stepAhead() {
    var script = EventScript()
    upload(&script, at: 100, to: address(0, 1), sent: 6_000_000, received: 1_000)
    for host in 1...4 {
      upload(
        &script, at: 1_000 + 600 * Double(host), to: EventScript.endpoint("11.0.\(host).1:80"),
        sent: 1_000_000, received: 1_000)
    }
    let known = script.events.count
    upload(&script, at: 9_000, to: address(0, 1), sent: 200, received: 10)
    for host in 5...6 {
      upload(
        &script, at: 9_000 + 600 * Double(host), to: EventScript.endpoint("11.0.\(host).1:80"),
        sent: 1_000_000, received: 1_000)
    }
    let (behaviours, signals) = behaviours(script, movedBySeconds: 3 * Self.day, after: known)
    // Six megabytes of the others, the first four counted on the day that became this one.
    #expect(sentByAll(behaviours, on: 3) == 6_000_000)
    #expect(signals.filter { $0.analytic == .excessEgress }.last?.pair.destination == Self.all)
  }

  @Test("After a step back, what an address sends on later days counts for wider keys again")
  func stepBack() {
    var script = EventScript()
    upload(
      &script, at: 9 * Self.day + 100, to: address(0, 1), sent: 6_000_000, received: 1_000)
    let known = script.events.count
    // A day later it answers: nothing to tell.
    upload(
      &script, at: 10 * Self.day + 100, to: address(0, 1), sent: 100_000, received: 9_000_000)
    let (behaviours, _) = behaviours(script, movedBySeconds: -5 * Self.day, after: known)
    #expect(sentByAll(behaviours, on: 4) == 0)
    #expect(sentByAll(behaviours, on: 5) == 100_000)
  }

  @Test("A step within a day is none of days, and one over midnight is of one")
  func smallSteps() {
    var script = EventScript()
    upload(&script, at: 3_000, to: address(0, 1), sent: 100_000, received: 10)
    let count = script.events.count
    let (same, _) = behaviours(script, movedBySeconds: 13 * 3_600, after: count)
    #expect(sentByAll(same, on: 0) == 100_000)
    let (next, _) = behaviours(script, movedBySeconds: 23.5 * 3_600, after: count)
    #expect(sentByAll(next, on: 1) == 100_000)
  }

  // MARK: The reference

  @Test("Sums and choices are those of the whole history", arguments: 0..<12)
  func reference(seed: Int) throws {
    let steps = ExcessReference.steps(seed: seed)
    var script = EventScript()
    for step in steps {
      upload(
        &script, at: step.time, to: step.remote, sent: step.sent, received: step.received,
        host: step.host)
    }
    let expected = ExcessReference(steps)
    let run = BehaviourRun(script)
    let told = run.signals(.excessEgress).map(\.pair.destination)
    let difference = zip(told, expected.told.map(\.key)).enumerated().first { $1.0 != $1.1 }
    #expect(difference == nil)
    #expect(told.count == expected.told.count)
    let excess = run.behaviours.excessEgress
    let last = UInt32((steps.last?.time ?? 0) / Self.day)
    var checked = 0
    for (slot, pair) in excess.wide.used {
      for day in (last - min(last, 13))...last {
        let sums = expected.sums(pair.destination, on: day)
        let moved = excess.wide[slot].moved(on: day)
        #expect(moved.sent == sums.sent, "\(pair.destination) on day \(day)")
        #expect(moved.received == sums.received, "\(pair.destination) on day \(day)")
        checked += sums.sent > 0 ? 1 : 0
      }
    }
    #expect(checked > 0)
  }

  @Test("The histories that are compared have every kind of key tell, and one after the other")
  func reach() {
    var kinds: Set<String> = []
    var changes = 0
    for seed in 0..<12 {
      let told = ExcessReference(ExcessReference.steps(seed: seed)).told.map(\.key)
      kinds.formUnion(told.map(ExcessReference.kind))
      changes += zip(told, told.dropFirst()).count { $0 != $1 }
    }
    #expect(kinds == ["address", "network", "name", "all"])
    #expect(changes > 12)
  }
}
