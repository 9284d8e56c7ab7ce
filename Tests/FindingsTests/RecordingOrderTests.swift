// SPDX-License-Identifier: Apache-2.0

import Baseline
import EventScript
import Flows
import Testing
import Wire

@testable import Findings

@Suite("What is told in front of an event")
struct RecordingOrderTests {
  @Test("A finding is closed by the event itself, not by what is told in front of it")
  func closing() {
    let parent = EventScript.image(77, start: 1)
    var before = EventScript()
    before.start(parent, "/usr/bin/parent")
    before.start(EventScript.implant, "/tmp/kupdater", parent: parent, at: 10)
    let first = StateRun(before.events)
    // The visitor is not known. What starts it is told long after the last visit, and with it that
    // the store knows of the start.
    var script = EventScript()
    script.start(parent, "/usr/bin/parent")
    for index in 0..<12 { script.visit(EventScript.implant, at: 100 + 60 * Double(index)) }
    script.start(EventScript.implant, "/tmp/kupdater", parent: parent, at: 100_000, owner: nil)
    let run = StateRun(script.events, boot: 1_000, bootID: "b", keeping: first.rows)
    let last = run.recorded.suffix(2).map(\.kind)
    #expect(last == [.baseline, .process])
    #expect(run.changes.last?.status == .close)
    let replayed = StateRun(run.recorded, boot: 1_000, bootID: "b", keeping: nil)
    #expect(replayed.changes.map(\.json) == run.changes.map(\.json))
  }

  private static let agent = EventScript.image(10, start: 0.5)
  private static let other = EventScript.image(11, start: 0.5)
  private static let upload = EventScript.image(12, start: 0.5)

  private static let post = Array("POST / HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8)

  private func expectSame(_ events: [Event], after rows: [StateRow]) {
    let live = StateRun(events, boot: 1_000, bootID: "b", keeping: rows)
    #expect(live.recorded.contains { $0.kind == .baseline })
    #expect(!live.changes.isEmpty)
    let replayed = StateRun(live.recorded, boot: 1_000, bootID: "b", keeping: nil)
    #expect(replayed.changes.map(\.json) == live.changes.map(\.json))
    #expect(replayed.findings.map(\.json) == live.findings.map(\.json))
    #expect(replayed.pipeline.baseline.since == live.pipeline.baseline.since)
    #expect(replayed.pipeline.baseline.now == live.pipeline.baseline.now)
    #expect(
      replayed.pipeline.flows.counters.events(.baseline)
        == live.pipeline.flows.counters.events(.baseline))
  }

  @Test("What is told at the first moment of a burst moves no time: the burst is taken at its last")
  func burst() {
    let known = EventScript.endpoint("203.0.113.50:443")
    var before = EventScript()
    before.start(Self.agent, "/usr/bin/agent", at: 1)
    before.start(Self.other, "/usr/bin/other", at: 1)
    before.visit(Self.agent, at: 2, to: known)
    let first = StateRun(before.events)
    var script = EventScript()
    script.start(Self.agent, "/usr/bin/agent", at: 1)
    script.start(Self.other, "/usr/bin/other", at: 1)
    script.start(Self.upload, "/tmp/implant", at: 1)
    script.visit(Self.agent, at: 2, to: EventScript.endpoint("203.0.113.77:443"))
    let shared = script.connect(Self.other, at: 3, to: known)
    script.connected(shared, at: 3.01)
    script.burst(shared, Self.other, first: 3.02, sent: 500, received: 500)
    let socket = script.connect(Self.upload, at: 4)
    script.connected(socket, at: 4.01)
    script.burst(socket, Self.upload, first: 4.02, sent: 100)
    script.say(Self.post, .sent, on: socket, at: 4.04)
    script.tick(at: 200)
    // What it moved is told by the next look at the sockets: that is due between the two moments.
    script.burst(
      socket, Self.upload, first: 500, last: 500.5, sent: 50_000_000, received: 1_000, sends: 500)
    script.burst(shared, Self.agent, first: 600, last: 600.9, sent: 400)
    script.tick(at: 601)
    expectSame(script.events, after: first.rows)
  }

  @Test("What is told counts among no records: the share that was lost is that of the recording")
  func lost() {
    var before = EventScript()
    before.start(Self.agent, "/usr/bin/agent", at: 1)
    let first = StateRun(before.events)
    var script = EventScript()
    // The stream itself begins with a line of the kind.
    let facts = BaselineEvent.Facts(subject: "s1|uid:?|/usr/bin/zzz||||")
    script.add(.baseline(BaselineEvent(time: EventScript.instant(1), facts: facts)))
    script.start(Self.agent, "/usr/bin/agent", at: 1)
    script.start(Self.upload, "/tmp/implant", at: 1)
    let socket = script.connect(Self.upload, at: 4)
    script.connected(socket, at: 4.01)
    script.burst(socket, Self.upload, first: 4.02, sent: 100)
    script.say(Self.post, .sent, on: socket, at: 4.04)
    script.burst(
      socket, Self.upload, first: 5, last: 5.5, sent: 50_000_000, received: 1_000, sends: 500)
    script.add(.lost(LostEvent(time: EventScript.instant(6), records: 7, stage: .ring)))
    script.tick(at: 7)
    script.tick(at: 80)
    expectSame(script.events, after: first.rows)
  }

  @Test("A host is known since the stream's first event, with a store that has nothing as without")
  func since() {
    var script = EventScript()
    script.tick(at: 1)
    script.start(Self.agent, "/usr/bin/agent", at: 50)
    let live = StateRun(script.events)
    let replayed = StateRun(live.recorded, keeping: nil)
    #expect(live.pipeline.baseline.since == 1_763_700_001)
    #expect(replayed.pipeline.baseline.since == 1_763_700_001)
  }
}
