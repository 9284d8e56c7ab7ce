// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Protocols
import Testing
import Wire

@Suite("nonconforming")
struct NonconformingTests {
  let process = EventScript.image(100)
  private static let tls: [UInt8] = [22, 3, 1, 2, 0, 1, 0, 1, 252]
  private static let noise: [UInt8] = (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 129) }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func signals(_ head: [UInt8], port: UInt16, received: [UInt8]? = nil) -> Int {
    var script = EventScript()
    let remote = EventScript.endpoint("203.0.113.9:\(port)")
    let socket = script.connect(process, at: 100, to: remote)
    script.connected(socket, at: 100.1)
    script.say(head, .sent, on: socket, at: 100.2)
    if let received { script.say(received, .received, on: socket, at: 100.3) }
    script.burst(socket, process, first: 100.2, sent: 500, received: 300)
    script.close(socket, at: 101, to: remote)
    script.finish(socket, at: 101.1, written: 500, read: 300)
    return BehaviourRun(script).signals(.nonconforming).count
  }

  // MARK: It fires

  @Test("First bytes that are not what the port promises are told")
  func contradictions() throws {
    #expect(signals(Self.noise, port: 443) == 1)
    #expect(signals(Self.text("id; uname -a; cat /etc/passwd"), port: 443) == 1)
    #expect(signals(Self.text("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), port: 443) == 1)
    #expect(signals(Self.noise, port: 80) == 1)
    #expect(signals(Self.tls, port: 80) == 1)
    #expect(signals(Self.tls, port: 22) == 1)
    #expect(signals(Self.tls, port: 53) == 1)
    #expect(signals(Self.noise, port: 25) == 1)
    #expect(signals(Self.text("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), port: 22) == 1)
  }

  @Test("A few bytes of text on 443 are no TLS once the connection is over")
  func shell() {
    #expect(signals(Self.text("$ id\n"), port: 443) == 1)
  }

  @Test("Its evidence says what was promised and what was seen, and other analytics hear of it")
  func evidence() throws {
    var script = EventScript()
    for index in 0..<6 {
      script.named(process, at: 100 + 60 * Double(index), Self.noise)
    }
    let run = BehaviourRun(script)
    let evidence = try #require(run.nonconforming)
    #expect(evidence.promise == "tls" && evidence.seen == .binary)
    #expect(evidence.contradictingSockets == 6 && evidence.conformingSockets == 0)
    #expect(run.outcome(.nonconforming, "port_promise") == .met)
    #expect(try #require(run.last(.beacon)).contradictsPort == true)
  }

  // MARK: It stays silent

  @Test("TLS on an unusual port alone is no finding", arguments: [6443, 9093, 2379, 4317, 8443])
  func tlsElsewhere(port: UInt16) {
    #expect(signals(Self.tls, port: port) == 0)
    #expect(signals(Self.noise, port: port) == 0)
  }

  @Test("What may well stand on a port is decoded and not told")
  func usual() {
    let proxy2: [UInt8] = [
      0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12,
      192, 0, 2, 1, 198, 51, 100, 1, 0x1f, 0x90, 0x01, 0xbb,
    ]
    #expect(signals(Self.tls, port: 443) == 0)
    #expect(
      signals(Self.text("PROXY TCP4 192.0.2.1 198.51.100.1 8080 443\r\n") + Self.tls, port: 443)
        == 0)
    #expect(signals(proxy2 + Self.tls, port: 443) == 0)
    #expect(signals(proxy2, port: 443) == 0)
    #expect(signals(Self.text("SSH-2.0-OpenSSH_9.6\r\n"), port: 443) == 0)
    #expect(signals(Self.text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), port: 80) == 0)
    #expect(signals(Self.text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), port: 443) == 0)
    #expect(signals([0, 0, 0, 8, 4, 210, 22, 47], port: 5432) == 0)
    #expect(signals([0, 0, 0, 8, 4, 210, 22, 47] + Self.tls, port: 443) == 0)
    #expect(signals(Self.text("CONNECT a.test:443 HTTP/1.1\r\n\r\n"), port: 443) == 0)
    #expect(signals(Self.text("SSH-2.0-OpenSSH_9.6\r\n"), port: 22) == 0)
    #expect(signals(Self.text("EHLO host.test\r\n"), port: 25) == 0)
    #expect(signals(Self.text("USER anonymous\r\n"), port: 21) == 0)
    #expect(signals(Self.text("a001 LOGIN someone secret pass\r\n"), port: 143) == 0)
  }

  @Test("A refusal in plain text to what was TLS is no contradiction")
  func refusal() {
    #expect(
      signals(Self.tls, port: 443, received: Self.text("HTTP/1.1 400 Bad Request\r\n\r\n")) == 0)
    // The client speaks first and breaks the promise; the answer keeps it.
    #expect(
      signals(Self.tls, port: 80, received: Self.text("HTTP/1.1 400 Bad Request\r\n\r\n")) == 0)
    #expect(signals(Self.tls, port: 80, received: Self.noise) == 1)
  }

  @Test("Health checks without a byte are insufficient data")
  func healthCheck() {
    var script = EventScript()
    let remote = EventScript.endpoint("203.0.113.9:443")
    for index in 0..<20 {
      let socket = script.connect(process, at: 100 + 10 * Double(index), to: remote)
      script.connected(socket, at: 100.01 + 10 * Double(index))
      script.close(socket, at: 100.02 + 10 * Double(index), to: remote)
      script.finish(socket, at: 100.03 + 10 * Double(index))
    }
    let run = BehaviourRun(script)
    #expect(run.signals(.nonconforming).isEmpty)
    #expect(run.behaviours.evaluations(.nonconforming, .insufficientData) == 20)
  }

  // MARK: Packets of no flow

  private func resets(
    from remote: String, ports: Int, every seconds: Double, count: Int
  ) -> BehaviourRun {
    var script = EventScript()
    for index in 0..<count {
      script.add(
        .reset(
          ResetEvent(
            time: EventScript.instant(100 + seconds * Double(index)), networkNamespace: 1,
            local: EventScript.endpoint("192.0.2.10:\(index % ports + 1)"),
            remote: EventScript.endpoint("\(remote):\(40_000 + index % 1_000)"))))
    }
    return BehaviourRun(script)
  }

  @Test("Twenty local ports in a day, or a hundred packets in a minute, are told")
  func scans() throws {
    #expect(resets(from: "10.0.0.7", ports: 19, every: 30, count: 60).signals.isEmpty)
    let slow = resets(from: "10.0.0.7", ports: 20, every: 30, count: 20)
    #expect(slow.signals(.nonconforming).count == 1)
    let assessment = try #require(slow.last(.nonconforming))
    #expect(assessment.isFromNeighbour)
    #expect(assessment.remote.address == EventScript.endpoint("10.0.0.7:1").address)
    #expect(
      slow.flows.subject(assessment.pair.subject)?.executable.origin.description
        == "address:192.0.2.10")
    #expect(resets(from: "10.0.0.7", ports: 1, every: 0.7, count: 85).signals.isEmpty)
    #expect(!resets(from: "10.0.0.7", ports: 1, every: 0.1, count: 300).signals.isEmpty)
  }

  @Test("What answers late segments of this host's own connections is no scan")
  func lateSegments() {
    var script = EventScript()
    for index in 0..<200 {
      script.add(
        .reset(
          ResetEvent(
            time: EventScript.instant(100 + Double(index) / 10), networkNamespace: 1,
            local: EventScript.endpoint("192.0.2.10:\(32_768 + index)"),
            remote: EventScript.endpoint("10.0.0.7:443"))))
    }
    #expect(BehaviourRun(script).signals.isEmpty)
  }

  @Test("From outside one remote a day is told, the rest is counted")
  func outside() throws {
    var script = EventScript()
    for remote in 1...5 {
      for index in 0..<40 {
        script.add(
          .reset(
            ResetEvent(
              time: EventScript.instant(Double(remote) * 1_000 + Double(index)),
              networkNamespace: 1, local: EventScript.endpoint("192.0.2.10:\(index + 1)"),
              remote: EventScript.endpoint("203.0.113.\(remote):50000"))))
      }
    }
    let run = BehaviourRun(script)
    #expect(Set(run.signals(.nonconforming).map(\.pair.destination)).count == 1)
    #expect(try #require(run.last(.nonconforming)).isFromNeighbour == false)
    #expect(run.behaviours.evaluations(.nonconforming, .clear) > 190)
  }

  // MARK: Missing data

  @Test(
    "Lost records make nothing false appear, and a hundredth changes nothing",
    arguments: UInt64(1)...5)
  func losses(seed: UInt64) {
    var honest = EventScript()
    for index in 0..<200 {
      let time = 100 + 30 * Double(index)
      let socket = honest.connect(process, at: time)
      honest.connected(socket, at: time + 0.1)
      honest.say(Self.tls, .sent, on: socket, at: time + 0.2)
      honest.say(
        [22, 3, 3, 0, 122, 2, 0, 0, 118] + Self.noise, .received, on: socket, at: time + 0.3)
      honest.burst(socket, process, first: time + 0.2, sent: 500, received: 4_000)
      honest.close(socket, at: time + 1)
      honest.finish(socket, at: time + 1.1, written: 500, read: 4_000)
    }
    #expect(BehaviourRun(honest.losing(share: 0.6, seed: seed)).signals(.nonconforming).isEmpty)
    var odd = EventScript()
    for index in 0..<100 { odd.named(process, at: 100 + 60 * Double(index), Self.noise) }
    let pairs = Set(BehaviourRun(odd).signals(.nonconforming).map(\.pair))
    #expect(pairs.count == 1)
    #expect(
      Set(BehaviourRun(odd.losing(share: 0.01, seed: seed)).signals(.nonconforming).map(\.pair))
        == pairs)
  }
}
