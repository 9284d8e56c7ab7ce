// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Sockets and their actors")
struct SocketTests {
  let opener = EventScript.image(100)

  @Test("A snapshot that does not advance changes nothing and is counted")
  func regress() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500, received: 100, sends: 3)
    script.burst(socket, opener, first: 10.0, sent: 200, received: 50, sends: 1)
    script.burst(socket, opener, first: 10.1, sent: 500, received: 100, sends: 3)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.staleSnapshots == 2)
    #expect(flows.counters.attributedBytes(.sent, .exact) == 500)
    #expect(flows.counters.transferredBytes(.received, .external) == 100)
  }

  @Test("Totals that agree with the actors' sum are no mismatch")
  func truth() {
    var script = EventScript()
    let child = EventScript.image(101)
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500, received: 100)
    script.burst(socket, child, first: 10.2, sent: 70, received: 30)
    script.finish(socket, at: 11, written: 570, read: 130)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 0)
    #expect(flows.counters.unattributedBytes(.sent) == 0)
  }

  @Test("Bytes the kernel counted and no actor did are unattributed, by direction")
  func mismatch() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500, received: 100)
    script.finish(socket, at: 11, written: 512, read: 107)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 1)
    #expect(flows.counters.unattributedBytes(.sent) == 12)
    #expect(flows.counters.unattributedBytes(.received) == 7)
  }

  @Test("A marked socket is counted by its marks and not compared")
  func marks() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500)
    script.finish(socket, at: 11, written: 9, marks: [.kernelTLS, .outOfBand])
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.ktls) == 1)
    #expect(flows.counters.mismatchedSockets(.oob) == 1)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 0)
    #expect(flows.counters.unattributedBytes(.received) == 0)
  }

  @Test("What an audit told is not counted again by the final")
  func audit() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500, received: 100)
    script.audit(socket, at: 12, written: 512, read: 100)
    script.burst(socket, opener, first: 13, sent: 600, received: 100, sends: 2)
    script.finish(socket, at: 14, written: 615, read: 101)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 1)
    #expect(flows.counters.unattributedBytes(.sent) == 15)
    #expect(flows.counters.unattributedBytes(.received) == 1)
  }

  @Test("A difference that lost records explain is no error")
  func lostBursts() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.finish(socket, at: 11, written: 512, lostBursts: 1)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 0)
    #expect(flows.counters.mismatchedSockets(.lost) == 1)
    #expect(flows.counters.unattributedBytes(.sent) == 512)
  }

  @Test("Payload of a multipath connection that no hook saw is unattributed")
  func multipath() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.finish(socket, at: 11, written: 512, read: 7, marks: [.multipath])
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.mismatchedSockets(.mptcp) == 1)
    #expect(flows.counters.unattributedBytes(.sent) == 512)
    #expect(flows.counters.unattributedBytes(.received) == 7)
  }

  @Test("A socket that is told as adopted twice keeps its counts")
  func adoptedTwice() {
    var script = EventScript()
    let socket = script.newSocket()
    let adopt = AdoptEvent(
      time: EventScript.instant(10), socket: socket, networkNamespace: 1,
      local: EventScript.local, remote: EventScript.remote, outbound: true)
    script.add(.adopt(adopt))
    script.burst(socket, opener, first: 10.1, sent: 500)
    script.add(.adopt(adopt))
    script.burst(socket, opener, first: 11, sent: 600, sends: 2)
    script.finish(socket, at: 12, written: 600)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.attributedBytes(.sent, .adopted) == 600)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 0)
  }

  @Test("Actors beyond the kernel's slots are unattributed and part of the sum")
  func others() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 10.1, sent: 500)
    script.burst(socket, .unattributed, first: 10.1, sent: 40, received: 2)
    script.finish(socket, at: 11, written: 540, read: 2)
    let (flows, told) = RecordingObserver.run(script)
    #expect(flows.counters.unattributedBytes(.sent) == 40)
    #expect(flows.counters.attributedBytes(.sent, .exact) == 500)
    #expect(flows.counters.mismatchedSockets(.unexplained) == 0)
    #expect(told.requests.allSatisfy { !$0.image.isUnattributed })
  }

  @Test("Kernel threads have their own place among the attributed bytes")
  func kernelThread() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, EventScript.image(2), first: 10.1, sent: 9, kernel: true)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.attributedBytes(.sent, .kernel) == 9)
  }

  @Test("A socket known only by its bursts is inferred, and placed when it closes")
  func metByBurst() {
    var script = EventScript()
    let socket = script.newSocket()
    script.burst(socket, opener, first: 10, sent: 100, received: 7)
    script.close(socket, at: 11, to: EventScript.endpoint("10.1.2.3:80"))
    script.finish(socket, at: 12, written: 100, read: 7)
    let (flows, told) = RecordingObserver.run(script)
    #expect(flows.counters.attributedBytes(.sent, .inferred) == 100)
    #expect(flows.counters.transferredBytes(.received, .private) == 7)
    #expect(told.ended.first?.role == .unknown)
    #expect(told.requests.isEmpty)
  }

  @Test("Failed connects are counted by role and reason")
  func failures() {
    var script = EventScript()
    script.refusedVisit(opener, at: 10)
    script.refusedVisit(opener, at: 20, reason: .timeout)
    script.visit(opener, at: 30)
    let (flows, told) = RecordingObserver.run(script)
    #expect(flows.counters.connections(.outbound) == 3)
    #expect(flows.counters.failures(.outbound, .refused) == 1)
    #expect(flows.counters.failures(.outbound, .timeout) == 1)
    #expect(told.failures.count == 2)
  }

  @Test("A closed socket without a final is given up after its grace")
  func closedWithoutFinal() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.close(socket, at: 11)
    for second in 12...400 { script.tick(at: Double(second)) }
    let (flows, told) = RecordingObserver.run(script)
    #expect(flows.socketCount == 0)
    #expect(told.ended.map(\.key) == [socket])
  }

  @Test("A step back of up to three seconds is normal, a longer one is late")
  func late() {
    var script = EventScript()
    script.tick(at: 100)
    script.tick(at: 97.5)
    script.tick(at: 96.5)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.lateEvents == 1)
    #expect(flows.now == EventScript.instant(100))
  }

  @Test("Losses count in the window they fell in")
  func losses() {
    var script = EventScript()
    for second in 0..<1_000 { script.tick(at: Double(second)) }
    script.add(.lost(LostEvent(time: EventScript.instant(1_000), records: 500, stage: .ring)))
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.counters.lost(.ring) == 500)
    let early = flows.ledger.lostShare(from: .zero, to: EventScript.instant(500))
    #expect(early == 0)
    let whole = flows.ledger.lostShare(from: .zero, to: EventScript.instant(1_000))
    #expect(abs(whole - 500 / 1_501) < 1e-9)
  }
}
