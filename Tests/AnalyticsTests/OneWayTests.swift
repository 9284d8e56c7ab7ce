// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("one-way")
struct OneWayTests {
  let process = EventScript.image(100)
  let plain = EventScript.endpoint("203.0.113.9:8080")

  /// Web sockets at irregular times, so that no beacon is meant.
  private let times = [100.0, 350, 480, 900, 1_000]

  // MARK: It fires

  @Test("Three web sockets over ten minutes that got nothing back are found")
  func silentService() throws {
    var script = EventScript()
    for time in times { script.visit(process, at: time, to: plain, sent: 1_000, received: 0) }
    let run = BehaviourRun(script)
    // 100 to 900 s is the first window of at least 600 s.
    #expect(run.signals(.oneWay).map(\.time.seconds).first == 900.061)
    let oneWay = try #require(run.oneWay)
    #expect(oneWay.oneWaySockets == 5)
    #expect(oneWay.sockets == 5)
    #expect(oneWay.sentBytes == 5_000)
    #expect(oneWay.windowSeconds == 900)
    #expect(oneWay.lastAnsweredSecondsAgo == nil)
    #expect(run.outcome(.oneWay, "unanswered_for_AnsweredMemory") == .met)
  }

  @Test("Over TLS a handshake is no answer, and one byte more is")
  func handshakeAllowance() {
    func run(_ received: UInt64, port: String) -> Int {
      var script = EventScript()
      let remote = EventScript.endpoint("203.0.113.9:\(port)")
      for time in times {
        script.visit(process, at: time, to: remote, sent: 20_000, received: received)
      }
      return BehaviourRun(script).signals(.oneWay).count
    }
    #expect(run(12_288, port: "443") == 2)
    #expect(run(12_289, port: "443") == 0)
    #expect(run(0, port: "80") == 2)
    #expect(run(1, port: "80") == 0)
  }

  @Test("A TLS client's own handshake is nothing sent")
  func clientHandshake() {
    func run(_ sent: UInt64) -> Int {
      var script = EventScript()
      for time in times { script.visit(process, at: time, sent: sent, received: 0) }
      return BehaviourRun(script).signals(.oneWay).count
    }
    #expect(run(1_024) == 0)
    #expect(run(1_025) == 2)
  }

  @Test("Over TLS a short question with a short answer is insufficient data, a long one is not")
  func undecided() {
    func run(_ sent: UInt64) -> BehaviourRun {
      var script = EventScript()
      for time in times { script.visit(process, at: time, sent: sent, received: 4_096) }
      return BehaviourRun(script)
    }
    // The client's own 1 KiB and as much as came back.
    let short = run(1_024 + 4_096)
    #expect(short.signals(.oneWay).isEmpty)
    #expect(short.behaviours.evaluations(.oneWay, .insufficientData) == 5)
    #expect(run(1_024 + 4_097).signals(.oneWay).count == 2)
  }

  @Test("Undecided connections among decided ones count as neither")
  func mixed() throws {
    var script = EventScript()
    for time in times { script.visit(process, at: time, sent: 20_000, received: 4_096) }
    for time in times { script.visit(process, at: 1_050 + time, sent: 2_000, received: 4_096) }
    let oneWay = try #require(BehaviourRun(script).oneWay)
    #expect(oneWay.sockets == 5)
    #expect(oneWay.oneWaySockets == 5)
    #expect(oneWay.answeredSockets == 0)
  }

  @Test("A long socket that gets more than it sent is taken back, and is undecided")
  func takenBack() {
    var script = EventScript()
    var sockets: [SocketKey] = []
    for start in [100.0, 400, 800] {
      let socket = script.connect(process, at: start)
      script.connected(socket, at: start + 0.1)
      script.burst(socket, process, first: start + 0.2, sent: 3_000)
      sockets.append(socket)
    }
    for second in 900..<1_600 { script.tick(at: Double(second)) }
    script.burst(
      sockets[0], process, first: 1_600, sent: 3_000, received: 4_000, sends: 1, receives: 1)
    script.finish(sockets[0], at: 1_700, written: 3_000, read: 4_000)
    let oneWay = BehaviourRun(script).oneWay
    #expect(oneWay?.oneWaySockets == 2)
    #expect(oneWay?.sockets == 2)
    #expect(oneWay?.answeredSockets == 0)
  }

  @Test("First bytes make a web service of any port, and take the allowance from 443")
  func firstBytes() {
    func run(_ data: [UInt8], port: String, received: UInt64) -> Int {
      var script = EventScript()
      let remote = EventScript.endpoint("203.0.113.9:\(port)")
      for time in times {
        let socket = script.connect(process, at: time, to: remote)
        script.connected(socket, at: time + 0.1)
        script.add(
          .head(
            HeadEvent(
              time: EventScript.instant(time + 0.2), socket: socket, direction: .sent, offset: 0,
              data: data)))
        script.burst(socket, process, first: time + 0.2, sent: 5_000, received: received)
        script.finish(socket, at: time + 1, written: 5_000, read: received)
      }
      return BehaviourRun(script).signals(.oneWay).count
    }
    #expect(run([22, 3, 1, 2, 0], port: "9999", received: 3_900) == 2)
    #expect(run(Array("POST / HTTP/1.1".utf8), port: "9999", received: 0) == 2)
    #expect(run(Array("POST / HTTP/1.1".utf8), port: "443", received: 4_000) == 0)
    #expect(run(Array("EHLO".utf8), port: "9999", received: 0) == 0)
  }

  @Test("Long-lived sockets are judged while they are open")
  func longLived() {
    var script = EventScript()
    for start in [100.0, 400, 800] {
      let socket = script.connect(process, at: start, to: plain)
      script.connected(socket, at: start + 0.1)
      script.burst(socket, process, first: start + 0.2, sent: 100)
    }
    for second in 900..<1_600 { script.tick(at: Double(second)) }
    let run = BehaviourRun(script)
    #expect(run.signals(.oneWay).count == 1)
    #expect(run.oneWay?.oneWaySockets == 3)
  }

  // MARK: It stays silent

  @Test("A single long socket never counts as three")
  func singleLongSocket() {
    var script = EventScript()
    let socket = script.connect(process, at: 100, to: plain)
    script.connected(socket, at: 100.1)
    for minute in 1..<300 {
      script.burst(
        socket, process, first: 100 + 60 * Double(minute), sent: 100 * UInt64(minute),
        sends: UInt64(minute))
    }
    script.finish(socket, at: 20_000, written: 29_900)
    #expect(BehaviourRun(script).signals(.oneWay).isEmpty)
  }

  @Test("A connect that was never answered is no one-way socket")
  func unanswered() {
    var script = EventScript()
    for time in times { script.refusedVisit(process, at: time, to: plain, reason: .timeout) }
    #expect(BehaviourRun(script).signals(.oneWay).isEmpty)
  }

  @Test("An answer that arrived and was never read is an answer")
  func unread() {
    var script = EventScript()
    for time in times {
      let socket = script.connect(process, at: time, to: plain)
      script.connected(socket, at: time + 0.1)
      script.burst(socket, process, first: time + 0.2, sent: 500)
      script.finish(socket, at: time + 1, written: 500, unread: 300)
    }
    #expect(BehaviourRun(script).signals(.oneWay).isEmpty)
  }

  @Test("Sockets that close together, are no web service or sent nothing stay silent")
  func noBehaviour() {
    var script = EventScript()
    for index in 0..<20 {
      script.visit(process, at: 100 + Double(index) * 29, to: plain, received: 0)
    }
    let ssh = EventScript.endpoint("203.0.113.9:22")
    for time in times { script.visit(process, at: 1_000 + time, to: ssh, received: 0) }
    let other = EventScript.endpoint("203.0.113.10:80")
    for time in times { script.visit(process, at: 3_000 + time, to: other, sent: 0, received: 0) }
    #expect(BehaviourRun(script).signals(.oneWay).isEmpty)
  }

  // MARK: Polls

  @Test("A poll that downloads and never reports back is told of untrusted code alone")
  func poll() throws {
    var script = EventScript()
    // Once in ten minutes.
    for time in times + [2_000, 2_300, 2_700, 6_000] {
      script.visit(process, at: time, to: plain, sent: 200, received: 9_000)
    }
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.oneWay).last?.pair)
    #expect(run.signals(.oneWay).map(\.time.seconds) == [900.061, 2_000.061, 2_700.061, 6_000.061])
    #expect(try #require(run.oneWay).isPoll)
    #expect(run.outcome(.oneWay, "poll_without_report") == .met)
    #expect(run.behaviours.assessment(of: .oneWay, pair) == nil)
    var facts = SubjectFacts()
    func isTold() -> Bool { run.behaviours.assessment(of: .oneWay, pair, facts: facts) != nil }
    facts.provenance = .verified
    #expect(!isTold())
    facts.provenance = .userWritable
    #expect(!isTold())
    facts.isDestinationNew = true
    #expect(isTold())
    facts.provenance = .verified
    facts.isObeyed = true
    #expect(isTold())
  }

  @Test("One report among the polls makes it an exchange")
  func reported() {
    var script = EventScript()
    script.visit(process, at: 50, to: plain, sent: 9_000, received: 200)
    for time in times { script.visit(process, at: time, to: plain, sent: 200, received: 9_000) }
    #expect(BehaviourRun(script).signals(.oneWay).isEmpty)
  }

  // MARK: Outage

  @Test("A pair that was answered within a day is out of order")
  func outage() throws {
    var script = EventScript()
    script.visit(process, at: 50, to: plain, received: 900)
    for time in times { script.visit(process, at: time, to: plain, received: 0) }
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.oneWay).last?.pair)
    #expect(run.behaviours.assessment(of: .oneWay, pair)?.isOutage == true)
    #expect(run.outcome(.oneWay, "unanswered_for_AnsweredMemory") == .notMet)
    #expect(try #require(run.behaviours.assessment(of: .oneWay, pair)).score == 5.0 / 6)
  }

  @Test("An answer more than a day ago no longer explains it")
  func oldAnswer() throws {
    var script = EventScript()
    script.visit(process, at: 50, to: plain, received: 900)
    for time in times { script.visit(process, at: 90_000 + time, to: plain, received: 0) }
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.oneWay).last?.pair)
    #expect(run.behaviours.assessment(of: .oneWay, pair)?.isOutage == false)
  }

  @Test("A long socket that is answered after all is taken back")
  func lateAnswer() throws {
    var script = EventScript()
    var sockets: [SocketKey] = []
    for start in [100.0, 400, 800] {
      let socket = script.connect(process, at: start, to: plain)
      script.connected(socket, at: start + 0.1)
      script.burst(socket, process, first: start + 0.2, sent: 100)
      sockets.append(socket)
    }
    for second in 900..<1_600 { script.tick(at: Double(second)) }
    script.burst(sockets[0], process, first: 1_600, sent: 100, received: 50, sends: 1, receives: 1)
    script.finish(sockets[0], at: 1_700, written: 100, read: 50)
    #expect(BehaviourRun(script).oneWay?.oneWaySockets == 2)
    #expect(BehaviourRun(script).oneWay?.answeredSockets == 1)
  }

  // MARK: It survives missing data

  @Test("A socket of which nobody knows whether it was established is insufficient data")
  func unknownEstablished() {
    var script = EventScript()
    for time in times {
      let socket = script.connect(process, at: time, to: plain)
      script.burst(socket, process, first: time + 0.2, sent: 500)
      script.finish(socket, at: time + 1, written: 500)
    }
    let run = BehaviourRun(script)
    #expect(run.signals(.oneWay).isEmpty)
    #expect(run.behaviours.evaluations(.oneWay, .insufficientData) == 5)
  }

  @Test("Without an answer's event the close tells whether it was established")
  func closeTells() {
    var script = EventScript()
    for time in times {
      let socket = script.connect(process, at: time, to: plain)
      script.burst(socket, process, first: time + 0.2, sent: 500)
      script.close(socket, at: time + 1, to: plain)
      script.finish(socket, at: time + 1.1, written: 500)
    }
    #expect(BehaviourRun(script).signals(.oneWay).count == 2)
  }
}
