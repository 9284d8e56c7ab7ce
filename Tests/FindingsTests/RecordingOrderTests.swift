// SPDX-License-Identifier: Apache-2.0

import EventScript
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
}
