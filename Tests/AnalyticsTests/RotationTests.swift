// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("beacon: one that rotates over addresses")
struct RotationTests {
  let process = EventScript.image(100)

  /// How its addresses belong together.
  enum Kind: CaseIterable, Sendable {
    /// Of one /24, without a name.
    case network
    /// Each of another network, with a name in the first bytes.
    case name
    /// The same, with a name from DNS alone.
    case resolved
    /// Two networks of several addresses each, with a name.
    case networks
  }

  /// A beacon of period `period` that takes its addresses in turn, or in any order.
  private func script(
    _ kind: Kind, period: Double, addresses: Int, visits: [Int], inTurn: Bool = true,
    path: String = "/usr/bin/agent"
  ) -> EventScript {
    var script = EventScript()
    script.start(process, path, at: 1)
    let remotes = (1...addresses).map { index in
      switch kind {
      case .network: EventScript.endpoint("203.0.113.\(index):443")
      case .name, .resolved: EventScript.endpoint("198.51.\(index).7:443")
      case .networks: EventScript.endpoint("198.51.\(index * 2 / addresses).\(index):443")
      }
    }
    var choice = ExponentialGaps(seed: 9, mean: 1_000)
    for index in visits {
      let turn = inTurn ? index : Int(choice.next())
      let remote = remotes[turn % addresses]
      let time = 100 + period * Double(index)
      if kind == .resolved {
        script.add(
          .name(
            NameEvent(
              time: EventScript.instant(time - 1), networkNamespace: 4_026_531_840,
              name: "c2.example.test", address: remote.address, ttlSeconds: 300)))
      }
      switch kind {
      case .network, .resolved: script.visit(process, at: time, to: remote)
      case .name, .networks:
        script.named(
          process, at: time, Array("GET / HTTP/1.1\r\nHost: c2.example.test\r\n\r\n".utf8),
          to: remote)
      }
    }
    return script
  }

  private func keys(_ script: EventScript) -> Set<Destination> {
    Set(BehaviourRun(script).signals(.beacon).map(\.pair.destination))
  }

  @Test(
    "The period of a perfectly regular one is not halved",
    arguments: [60.0, 600], [1, 3, 8])
  func period(period: Double, addresses: Int) throws {
    for kind in [Kind.network, .name] {
      for visits in [12, 30, 100, 300, 1_440] {
        let run = BehaviourRun(
          script(kind, period: period, addresses: addresses, visits: Array(0..<visits)))
        let beacon = try #require(run.beacon)
        let told = try #require(beacon.periodSeconds)
        #expect(abs(told - period) < 0.05 * period, "\(kind), \(visits) visits: \(told) s")
      }
    }
  }

  @Test(
    "It is one finding over days, be its addresses days apart",
    arguments: [60.0, 600, 3_600], Kind.allCases)
  func one(period: Double, kind: Kind) {
    let visits = Array(0..<Int((period < 600 ? 1 : 3) * 86_400 / period))
    #expect(keys(script(kind, period: period, addresses: 8, visits: visits)).count == 1)
    #expect(
      keys(script(kind, period: period, addresses: 8, visits: visits, inTurn: false)).count == 1)
  }

  @Test(
    "Untrusted code that keeps coming is not told of without a clock too", arguments: Kind.allCases)
  func untrusted(kind: Kind) {
    // Some 50 visits of each address, at pauses that are no clock's.
    let visits = Array(0..<400)
    #expect(
      keys(
        script(
          kind, period: 600, addresses: 8, visits: visits, inTurn: false, path: "/tmp/implant")
      ).count == 1)
  }

  @Test("An hour after its name is used no more, an address is told of")
  func nameless() {
    var script = script(.name, period: 600, addresses: 8, visits: Array(0..<200))
    let last = EventScript.endpoint("198.51.1.7:443")
    for index in 200..<240 { script.visit(process, at: 100 + 600 * Double(index), to: last) }
    let signals = BehaviourRun(script).signals(.beacon)
    let told = signals.filter { $0.pair.destination == Destination(last, seenIn: 0) }
    let first = told.first?.time.seconds ?? .infinity
    #expect(first <= 100 + 600 * 240)
    #expect(first >= 100 + 600 * 200)
  }

  @Test(
    "It is one finding although it rests for twelve hours, or misses visits",
    arguments: [600.0, 3_600], Kind.allCases)
  func rests(period: Double, kind: Kind) {
    let all = Array(0..<Int(6 * 86_400 / period))
    let rest = Int(43_200 / period)
    let resting = all.filter { ($0 / rest) % 4 != 3 }
    #expect(keys(script(kind, period: period, addresses: 8, visits: resting)).count == 1)
    var gaps = ExponentialGaps(seed: 3, mean: 1)
    // An exponential variate is above ln 3 with probability 1/3.
    let missing = all.filter { _ in gaps.next() < 1.0986 }
    #expect(keys(script(kind, period: period, addresses: 8, visits: missing)).count == 1)
  }
}
