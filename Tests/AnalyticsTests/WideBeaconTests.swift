// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("beacon: networks, names, groups and what is one finding")
struct WideBeaconTests {
  let process = EventScript.image(100)

  private static func hello(_ name: String) -> [UInt8] {
    Array("GET / HTTP/1.1\r\nHost: \(name)\r\n\r\n".utf8)
  }

  private func keys(_ run: BehaviourRun) -> Set<Destination> {
    Set(run.signals(.beacon).map(\.pair.destination))
  }

  private static func network(_ text: String, port: UInt16 = 443) -> Destination? {
    Destination(networkOf: EventScript.endpoint("\(text):\(port)"))
  }

  // MARK: Networks

  @Test("A beacon that rotates over 8 addresses of a /24 is one finding, on the network")
  func rotation() throws {
    var script = EventScript()
    for index in 0..<200 {
      let remote = EventScript.endpoint("203.0.113.\(index % 8 + 1):443")
      script.visit(process, at: 100 + 60 * Double(index), to: remote)
    }
    let run = BehaviourRun(script)
    let network = try #require(Self.network("203.0.113.0"))
    #expect(keys(run) == [network])
    // As soon as an address of its own would be: the first visit counts.
    #expect(try #require(run.signals(.beacon).first).time.seconds <= 100 + 60 * 8)
    let beacon = try #require(run.beacon)
    #expect(beacon.addresses == 8)
    // The network saw what one address alone would have seen.
    var alone = EventScript()
    for index in 0..<200 { alone.visit(process, at: 100 + 60 * Double(index)) }
    let single = try #require(BehaviourRun(alone).beacon)
    #expect(beacon.logEvidence == single.logEvidence)
    #expect(beacon.periodSeconds == single.periodSeconds && beacon.visits == 200)
    #expect(beacon.sentSpreadRatio == 0)
  }

  @Test("IPv6 addresses of one /64 are one network")
  func rotation6() throws {
    var script = EventScript()
    for index in 0..<24 {
      let remote = EventScript.endpoint("[2001:db8::\(index % 4 + 1)]:443")
      script.visit(process, at: 100 + 60 * Double(index), to: remote)
    }
    let network = try #require(Destination(networkOf: EventScript.endpoint("[2001:db8::9]:443")))
    #expect(keys(BehaviourRun(script)) == [network])
    #expect("\(network)" == "[2001:db8::/64]:443")
  }

  @Test("An address that beacons among others of its network is told alone")
  func narrowest() {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: 7, mean: 200)
    var stray = 150.0
    for index in 0..<80 {
      script.visit(process, at: 100 + 60 * Double(index))
      while stray < 100 + 60 * Double(index + 1) - 2 {
        script.visit(process, at: stray, to: EventScript.endpoint("203.0.113.77:443"))
        stray += 3 + gaps.next()
      }
    }
    #expect(keys(BehaviourRun(script)) == [Destination(EventScript.remote, seenIn: 0)])
  }

  @Test("Memoryless visits over a network stay silent", arguments: UInt64(1)...10)
  func memoryless(seed: UInt64) {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 60)
    // Not in turns: every fifth of memoryless visits is far more regular than they are.
    var choice = ExponentialGaps(seed: seed &+ 1_000, mean: 1_000)
    var time = 100.0
    for _ in 0..<300 {
      time += gaps.next()
      let address = Int(choice.next()) % 5 + 1
      script.visit(process, at: time, to: EventScript.endpoint("203.0.113.\(address):443"))
    }
    #expect(BehaviourRun(script).signals(.beacon).isEmpty)
  }

  // MARK: Names

  @Test("Addresses of several networks with one name are one finding, on the name")
  func name() throws {
    var script = EventScript()
    let addresses = ["203.0.113.1", "198.51.100.2", "192.0.2.200"]
    for index in 0..<30 {
      script.named(
        process, at: 100 + 60 * Double(index), Self.hello("c2.example.test"),
        to: EventScript.endpoint("\(addresses[index * 7 % 5 % 3]):80"))
    }
    let run = BehaviourRun(script)
    #expect(keys(run) == [.name("c2.example.test", port: 80, scope: .external)])
    #expect(try #require(run.beacon).addresses == 3)
    #expect(try #require(run.last(.beacon)).remote.port == 80)
  }

  @Test("One address with a name is the address's finding")
  func nameOfOneAddress() {
    var script = EventScript()
    for index in 0..<30 {
      script.named(process, at: 100 + 60 * Double(index), Self.hello("c2.example.test"))
    }
    #expect(keys(BehaviourRun(script)) == [Destination(EventScript.remote, seenIn: 0)])
  }

  @Test("Through a proxy the destination is the CONNECT target")
  func proxy() throws {
    var script = EventScript()
    let proxy = EventScript.endpoint("10.0.0.1:3128")
    var gaps = ExponentialGaps(seed: 3, mean: 45)
    var time = 130.0
    for index in 0..<40 {
      script.named(
        process, at: 100 + 60 * Double(index),
        Array("CONNECT c2.example.test:443 HTTP/1.1\r\n\r\n".utf8), to: proxy)
      // The same program also asks the proxy for other things, when a person wants them.
      while time < 100 + 60 * Double(index + 1) - 2 {
        script.named(
          process, at: time, Array("CONNECT news.example.test:443 HTTP/1.1\r\n\r\n".utf8),
          to: proxy)
        time += 3 + gaps.next()
      }
    }
    let run = BehaviourRun(script)
    #expect(keys(run) == [.name("c2.example.test", port: 443, scope: .external)])
    #expect(try #require(run.last(.beacon)).remote == proxy)
  }

  @Test("A name from DNS serves where the first bytes give none")
  func resolved() {
    var script = EventScript()
    let addresses = ["203.0.113.1", "198.51.100.2"]
    for (index, address) in addresses.enumerated() {
      guard let parsed = IPAddress(text: address) else { return }
      script.add(
        .name(
          NameEvent(
            time: EventScript.instant(50 + Double(index)), networkNamespace: 4_026_531_840,
            name: "c2.example.test", address: parsed, ttlSeconds: 86_000)))
    }
    for index in 0..<20 {
      script.visit(
        process, at: 100 + 60 * Double(index),
        to: EventScript.endpoint("\(addresses[index * 3 % 5 % 2]):9000"))
    }
    let run = BehaviourRun(script)
    #expect(keys(run) == [.name("c2.example.test", port: 9000, scope: .external)])
  }

  // MARK: Groups

  @Test("Copies under random names are one finding, of the user, from the third on")
  func randomNames() throws {
    var script = EventScript()
    for index in 0..<12 {
      let copy = EventScript.image(UInt32(300 + index))
      let time = 100 + 60 * Double(index)
      script.start(copy, "/tmp/x\(index * 7919)", at: time - 1, uid: 1000)
      script.visit(copy, at: time)
      script.exit(copy, at: time + 1)
    }
    let run = BehaviourRun(script)
    let pairs = Set(run.signals(.beacon).map(\.pair))
    #expect(pairs.count == 1)
    let subject = try #require(run.signals(.beacon).first?.pair.subject)
    #expect(run.flows.subject(subject).map { "\($0.executable.origin)" } == "user:1000")
    #expect(try #require(run.beacon).executables == 8)
    #expect(
      try #require(run.beacon).connections.dropLast().allSatisfy { $0.state == .closed(.fin) })
  }

  @Test("Two programs of a user are no group, and root's own programs never are")
  func noGroup() {
    func run(_ paths: [String]) -> Set<String> {
      var script = EventScript()
      var gaps = ExponentialGaps(seed: 11, mean: 70)
      var time = 100.0
      for index in 0..<30 {
        let image = EventScript.image(UInt32(300 + index))
        script.start(image, paths[index % paths.count], at: time - 1, uid: 1000)
        script.visit(image, at: time)
        time += 5 + gaps.next()
      }
      let run = BehaviourRun(script)
      return Set(
        run.signals(.beacon).compactMap { run.flows.subject($0.pair.subject)?.description })
    }
    #expect(run(["/tmp/a", "/tmp/b"]).isEmpty)
    #expect(run(["/usr/bin/a", "/usr/bin/b", "/usr/bin/c", "/usr/bin/d"]).isEmpty)
  }

  // MARK: Without a clock

  @Test("Twenty visits over six hours from untrusted code to a new destination need no clock")
  func irregular() throws {
    var script = EventScript()
    script.start(process, "/tmp/implant", at: 1)
    var time = 100.0
    var gaps = ExponentialGaps(seed: 5, mean: 900)
    for _ in 0..<40 {
      script.visit(process, at: time)
      time += 5 + gaps.next()
    }
    let run = BehaviourRun(script)
    let assessment = try #require(run.last(.beacon))
    #expect(assessment.isIrregular && !assessment.isStrong)
    let first = try #require(run.signals(.beacon).first)
    #expect(first.time.seconds >= 100 + 6 * 3_600)
    var facts = SubjectFacts.untrusted
    facts.isDestinationNew = false
    #expect(run.behaviours.assessment(of: .beacon, first.pair, facts: facts) == nil)
    // Not known while the host is learned: whoever judges the severity weighs that.
    facts.isDestinationNew = nil
    #expect(run.behaviours.assessment(of: .beacon, first.pair, facts: facts) != nil)
    facts.isDestinationNew = true
    facts.provenance = .verified
    #expect(run.behaviours.assessment(of: .beacon, first.pair, facts: facts) == nil)
  }

  @Test("Programs of root's own are not signalled without a clock")
  func irregularTrusted() {
    var script = EventScript()
    script.start(process, "/usr/bin/client", at: 1)
    var time = 100.0
    var gaps = ExponentialGaps(seed: 5, mean: 900)
    for _ in 0..<60 {
      script.visit(process, at: time)
      time += 5 + gaps.next()
    }
    #expect(BehaviourRun(script).signals(.beacon).isEmpty)
  }

  // MARK: Hidden ones

  @Test("A beacon whose process also browses is one finding, of the beacon's address")
  func browsing() {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: 21, mean: 12)
    var time = 101.0
    var site = 0
    for index in 0..<30 {
      script.visit(process, at: 100 + 60 * Double(index))
      while time < 100 + 60 * Double(index + 1) - 2 {
        site = (site &* 31 &+ 17) % 211
        script.visit(process, at: time, to: EventScript.endpoint("198.51.\(site).7:443"))
        time += 2 + gaps.next()
      }
    }
    #expect(keys(BehaviourRun(script)) == [Destination(EventScript.remote, seenIn: 0)])
  }

  @Test("A beacon that misses a third of its visits is one finding", arguments: UInt64(1)...5)
  func missed(seed: UInt64) {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 1)
    for index in 0..<80 {
      // An exponential variate is above ln 3 with probability 1/3.
      guard gaps.next() < 1.0986 else { continue }
      script.visit(process, at: 100 + 60 * Double(index))
    }
    #expect(keys(BehaviourRun(script)) == [Destination(EventScript.remote, seenIn: 0)])
  }

  @Test("The evidence for a high severity is larger, but for code from a temporary directory")
  func strong() throws {
    var script = EventScript()
    for index in 0..<30 { script.visit(process, at: 100 + 60 * Double(index)) }
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.beacon).last?.pair)
    var facts = SubjectFacts()
    facts.provenance = .verified
    let evidence = try #require(run.beacon).logEvidence
    let strong = try #require(run.behaviours.assessment(of: .beacon, pair, facts: facts)).isStrong
    #expect(strong == (evidence >= 9.2))
    #expect(evidence >= 9.2)
  }

  // MARK: Missing data

  @Test("A hundredth of the records lost changes no verdict", arguments: UInt64(1)...5)
  func losses(seed: UInt64) {
    var script = EventScript()
    for index in 0..<120 {
      script.visit(
        process, at: 100 + 60 * Double(index),
        to: EventScript.endpoint("203.0.113.\(index % 8 + 1):443"))
    }
    let whole = BehaviourRun(script)
    let damaged = BehaviourRun(script.losing(share: 0.01, seed: seed))
    #expect(Set(whole.signals(.beacon).map(\.pair)) == Set(damaged.signals(.beacon).map(\.pair)))
  }
}

extension EventScript {
  /// A visit whose first bytes sent are given.
  mutating func named(
    _ image: ImageKey, at seconds: Double, _ head: [UInt8],
    to remote: Endpoint = EventScript.remote
  ) {
    let socket = connect(image, at: seconds, to: remote)
    connected(socket, at: seconds + 0.02)
    say(head, .sent, on: socket, at: seconds + 0.021)
    burst(socket, image, first: seconds + 0.021, last: seconds + 0.04, sent: 500, received: 4_096)
    close(socket, at: seconds + 0.06, to: remote)
    finish(socket, at: seconds + 0.061, written: 500, read: 4_096)
  }
}
