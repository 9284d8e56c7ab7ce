// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

@Suite("The life of a finding")
struct LifeTests {
  @Test("A beacon from /tmp is found by its fifth visit, with process and destination")
  func created() throws {
    let run = PipelineRun(.beacon(visits: 5))
    let finding = try #require(run.changes.first)
    #expect(finding.status == .create)
    #expect(finding.analytic == .beacon)
    // First the evidence is enough to tell it, one visit later for high.
    #expect(run.changes.map(\.status) == [.create, .update])
    #expect(run.changes.map(\.severity) == [.medium, .high])
    #expect(finding.process.pid == 4_121)
    #expect(finding.process.path == "/tmp/kupdater")
    #expect(finding.process.initiator == "/usr/lib/systemd/systemd")
    #expect(finding.destination.address == "203.0.113.9")
    #expect(finding.destination.port == 443)
    #expect(finding.attribution == .exact)
    #expect(finding.firstSeen == "2025-11-21T04:41:40.000Z")
    #expect(finding.id.wholeMatch(of: /f-[0-9a-hjkmnp-tv-z]{6}/) != nil)
  }

  @Test("A poll goes on as long as it polls, and ends an hour after that")
  func poll() throws {
    var script = EventScript()
    script.start(EventScript.implant, "/tmp/kupdater")
    for index in 0..<40 {
      script.visit(
        EventScript.implant, at: 100 + 290 * Double(index) + Double(index * 37 % 90),
        to: EventScript.endpoint("203.0.113.9:80"), sent: 200, received: 9_000)
    }
    let polling = PipelineRun(script).changes.filter { $0.analytic == .oneWay }
    #expect(polling.first?.status == .create)
    #expect(!polling.contains { $0.status == .close })
    script.tick(at: 100 + 290 * 39 + 90 + 3_700)
    #expect(PipelineRun(script).changes.last { $0.analytic == .oneWay }?.status == .close)
  }

  @Test("It is updated at most every five minutes")
  func updates() {
    let run = PipelineRun(.beacon(visits: 60))
    #expect(run.changes.first?.status == .create)
    #expect(run.changes.dropFirst().allSatisfy { $0.status == .update })
    // 55 minutes after its creation at most: eleven updates, and one when it became high.
    #expect((11...12).contains(run.changes.count - 1))
    #expect(Set(run.changes.map(\.id)).count == 1)
    #expect(Set(run.changes.map(\.firstSeen)).count == 1)
  }

  @Test("It closes after an hour of silence, and is open at the end of a stream otherwise")
  func closes() throws {
    var script = EventScript.beacon(visits: 6)
    #expect(PipelineRun(script).pipeline.openCount(.beacon, .high) == 1)
    // The last visit was at 400 s.
    script.tick(at: 3_999)
    #expect(PipelineRun(script).changes.last?.status == .update)
    script.tick(at: 4_001)
    let run = PipelineRun(script)
    #expect(run.changes.last?.status == .close)
    #expect(run.pipeline.openCount(.beacon, .high) == 0)
    #expect(run.findings.count == 1)
  }

  @Test("A slow beacon stays open for three of its periods")
  func slow() {
    var script = EventScript()
    script.start(EventScript.implant, "/tmp/slow")
    for index in 0..<6 { script.visit(EventScript.implant, at: 100 + 14_400 * Double(index)) }
    #expect(!PipelineRun(script).changes.contains { $0.status == .close })
    script.tick(at: 100 + 14_400 * 8.2)
    #expect(PipelineRun(script).changes.last?.status == .close)
  }

  @Test("One that returns is the same finding, updated")
  func reopened() throws {
    var script = EventScript.beacon(visits: 6)
    script.tick(at: 9_000)
    for index in 0..<6 { script.visit(EventScript.implant, at: 10_000 + 60 * Double(index)) }
    let run = PipelineRun(script)
    #expect(run.changes.map(\.status).prefix(4) == [.create, .update, .close, .update])
    #expect(Set(run.changes.map(\.id)).count == 1)
    #expect(run.pipeline.metrics.reached(.beacon, .medium) == 1)
    #expect(run.pipeline.metrics.reached(.beacon, .high) == 1)
  }

  @Test("A finding counts once for each severity it rises to, whatever it falls to meanwhile")
  func reached() {
    var script = EventScript()
    let image = EventScript.image(300, start: 100)
    script.start(image, "/tmp/agent", at: 100)
    script.beat(image, from: 200, visits: 40)
    let run = PipelineRun(script)
    let story = run.changes.map(\.severity)
    // Created medium, high a few visits later: one of each, however long it goes on.
    #expect(Severity.allCases.map { run.pipeline.metrics.reached(.beacon, $0) } == [0, 0, 1, 1])
    #expect(story.prefix(2) == [.medium, .high] && story.count > 2)
  }

  @Test("The same events give the same bytes")
  func deterministic() {
    var script = EventScript.beacon(visits: 30)
    for index in 0..<200 {
      let process = EventScript.image(UInt32(5_000 + index % 17))
      script.start(process, "/usr/bin/tool\(index % 17)", at: 2_000 + Double(index))
      script.visit(process, at: 2_000.5 + Double(index))
    }
    let first = PipelineRun(script)
    let second = PipelineRun(script)
    #expect(first.changes.map(\.json) == second.changes.map(\.json))
    #expect(first.findings.map(\.json) == second.findings.map(\.json))
    #expect(first.table() == second.table())
  }

  @Test("The id is the digest of the five parts and nothing else")
  func id() throws {
    let whole = try #require(PipelineRun(.beacon(visits: 10)).findings.first)
    let part = try #require(PipelineRun(.beacon(visits: 6)).findings.first)
    #expect(whole.id == part.id)
    let elsewhere = EventScript.endpoint("203.0.113.9:444")
    let other = try #require(PipelineRun(.beacon(visits: 6, to: elsewhere)).findings.first)
    #expect(whole.id != other.id)
    #expect(whole.dedupKey == other.dedupKey)
  }

  @Test("Losses in its window lower the confidence")
  func losses() throws {
    var script = EventScript.beacon(visits: 6)
    script.add(.lost(LostEvent(time: EventScript.instant(401), records: 31, stage: .ring)))
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(finding.lostEvents == 31)
    let table = FindingTable.render([finding])
    #expect(table.contains("; 31 records lost meanwhile (confidence 0.50)"))
    // Six visits of five events and the word of the loss: 31 arrived, 31 were lost.
    #expect(finding.confidence == 0.5)
  }

  @Test("A step of the wall clock moves the times told after it, not the finding's beginning")
  func clockStep() throws {
    var script = EventScript.beacon(visits: 5)
    script.add(
      .clock(
        ClockEvent(
          time: EventScript.instant(350), wallNanoseconds: 1_763_703_600_000_000_000 + 350)))
    script.visit(EventScript.implant, at: 400)
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(finding.firstSeen == "2025-11-21T04:41:40.000Z")
    #expect(finding.lastSeen == "2025-11-21T05:40:50.000Z")
  }
}
