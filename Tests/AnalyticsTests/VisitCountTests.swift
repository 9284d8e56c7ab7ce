// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("A visit fails once, and a connection counts once")
struct VisitCountTests {
  let process = EventScript.image(100)

  private func beacon(_ script: EventScript, of destination: Destination) throws -> BeaconEvidence {
    let run = BehaviourRun(script)
    let signal = try #require(
      run.signals(.beacon).last { $0.pair.destination == destination })
    let assessment = run.behaviours.assessment(of: .beacon, signal.pair, facts: .untrusted)
    guard case .beacon(let evidence)? = assessment?.evidence else {
      throw Missing()
    }
    return evidence
  }

  private struct Missing: Error {}
  private static let address = Destination(EventScript.remote, seenIn: 0)

  // MARK: Failed visits

  @Test("A visit of three refused connects and one that is answered did not fail")
  func answeredAtLast() throws {
    var script = EventScript()
    for index in 0..<12 {
      let time = 100 + 60 * Double(index)
      for attempt in 0..<3 { script.refusedVisit(process, at: time + 0.03 * Double(attempt)) }
      script.visit(process, at: time + 0.1)
    }
    // The last visit is under way: its connects failed so far.
    for attempt in 0..<3 { script.refusedVisit(process, at: 820 + 0.03 * Double(attempt)) }
    script.connect(process, at: 820.1)
    let evidence = try beacon(script, of: Self.address)
    #expect(evidence.visits == 13)
    #expect(evidence.source.connectRequests == 52)
    #expect(evidence.failedVisits == 0)
    #expect(evidence.failingRun == nil)
  }

  @Test("Three refused connects in a visit are one failed visit")
  func failedThrice() throws {
    var script = EventScript()
    for index in 0..<3 { script.visit(process, at: 100 + 60 * Double(index)) }
    for index in 3..<10 {
      for attempt in 0..<3 {
        script.refusedVisit(process, at: 100 + 60 * Double(index) + 0.03 * Double(attempt))
      }
    }
    let evidence = try beacon(script, of: Self.address)
    #expect(evidence.visits == 10)
    #expect(evidence.failedVisits == 7)
    let run = try #require(evidence.failingRun)
    #expect(run.visits == 7 && run.since == EventScript.instant(280))
  }

  @Test("Connects that time out after the next visit began fail their own visit")
  func timeouts() throws {
    var script = EventScript()
    // A connect that nobody answers ends after 127 s: two visits later.
    var open: [(end: Double, socket: SocketKey)] = []
    for index in 0..<12 {
      let time = 100 + 60 * Double(index)
      while let first = open.first, first.end < time {
        script.close(first.socket, at: first.end, established: false, reason: .timeout)
        script.finish(first.socket, at: first.end + 0.001)
        open.removeFirst()
      }
      open.append((time + 127, script.connect(process, at: time)))
    }
    let evidence = try beacon(script, of: Self.address)
    #expect(evidence.visits == 12)
    // Of the last three nobody knows yet.
    #expect(evidence.failedVisits == 9)
  }

  @Test("A name whose first addresses refuse and whose last one answers does not fail")
  func nameOfSeveralAddresses() throws {
    var script = EventScript()
    let addresses = ["203.0.113.1", "198.51.100.2", "192.0.2.200"]
    for (index, address) in addresses.enumerated() {
      script.add(
        .name(
          NameEvent(
            time: EventScript.instant(50 + Double(index)), networkNamespace: 4_026_531_840,
            name: "c2.example.test", address: EventScript.endpoint("\(address):1").address,
            ttlSeconds: 86_000)))
    }
    for index in 0..<12 {
      let time = 100 + 60 * Double(index)
      for (attempt, address) in addresses.enumerated() {
        let remote = EventScript.endpoint("\(address):9000")
        if attempt < 2 {
          script.refusedVisit(process, at: time + 0.05 * Double(attempt), to: remote)
        } else {
          script.visit(process, at: time + 0.1, to: remote)
        }
      }
    }
    let run = BehaviourRun(script)
    let key = Destination.name("c2.example.test", port: 9000, scope: .external)
    let subject = try #require(run.signals(.beacon).first?.pair.subject)
    let pair = Pair(subject: subject, destination: key)
    guard
      case .beacon(let evidence)? = run.behaviours.assessment(
        of: .beacon, pair, facts: .untrusted)?.evidence
    else { throw Missing() }
    #expect(evidence.visits == 12)
    #expect(evidence.failedVisits == 0)
  }

  // MARK: Connections

  /// Connections that overlap: each ends when `pool` further ones were opened.
  private func pool(
    _ pool: Int, _ head: [UInt8], answer: [UInt8]? = nil, _ count: Int, _ remotes: [Endpoint]
  ) -> EventScript {
    var script = EventScript()
    var open: [(socket: SocketKey, remote: Endpoint)] = []
    for index in 0..<count {
      let time = 100 + 60 * Double(index)
      let remote = remotes[index % remotes.count]
      if open.count == pool {
        let oldest = open.removeFirst()
        script.close(oldest.socket, at: time - 1, to: oldest.remote)
        script.finish(oldest.socket, at: time - 0.9, written: 500, read: 4_096)
      }
      let socket = script.connect(process, at: time, to: remote)
      script.connected(socket, at: time + 0.02)
      script.say(head, .sent, on: socket, at: time + 0.021)
      if let answer { script.say(answer, .received, on: socket, at: time + 0.03) }
      script.burst(
        socket, process, first: time + 0.021, last: time + 0.04, sent: 500, received: 4_096)
      open.append((socket, remote))
    }
    for last in open {
      script.close(last.socket, at: 100 + 60 * Double(count), to: last.remote)
      script.finish(last.socket, at: 100 + 60 * Double(count), written: 500, read: 4_096)
    }
    return script
  }

  @Test("A name's connections count once, however many are open", arguments: [1, 8, 30])
  func namedPool(size: Int) throws {
    let script = pool(
      size, Array("GET / HTTP/1.1\r\nHost: c2.example.test\r\n\r\n".utf8), 60,
      [EventScript.endpoint("203.0.113.1:80"), EventScript.endpoint("198.51.100.2:80")])
    let key = Destination.name("c2.example.test", port: 80, scope: .external)
    #expect(try beacon(script, of: key).source.connectRequests == 60)
  }

  @Test("Connections that break their port's promise count once", arguments: [1, 8, 30])
  func contradictingPool(size: Int) throws {
    let noise: [UInt8] = (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 129) }
    let evidence = try #require(
      BehaviourRun(pool(size, noise, answer: noise, 60, [EventScript.remote])).nonconforming)
    #expect(evidence.contradictingSockets == 60)
    #expect(evidence.connections.allSatisfy { $0.state == .closed(.fin) })
  }
}
