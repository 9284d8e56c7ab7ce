// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Testing
import Wire

@testable import Findings
@testable import Flows

@Suite("A sensor that stops and starts again")
struct RestartTests {
  /// 4 h with 5 % jitter, from a fixed list.
  private static let visits: [Double] = {
    let jitter = [0.01, -0.04, 0.03, -0.02, 0.05, 0, -0.05, 0.02, 0.04, -0.01, 0.03, -0.03]
    return jitter.enumerated().map { 14_400 * (Double($0.offset) + 1 + $0.element) }
  }()

  private func beacon(_ finding: Finding?) -> BeaconEvidence? {
    guard case .beacon(let evidence)? = finding?.evidence else { return nil }
    return evidence
  }

  /// A run until after the visit number `count`, and one from a new boot ten minutes later.
  private func runs(splitAfter count: Int, away: Double = 600) -> (
    first: StateRun, second: StateRun
  ) {
    let before = Array(Self.visits[..<count])
    let stop = (before.last ?? 100) + 900
    let boot = stop + away - 1
    let after = Self.visits[count...].map { $0 - boot }
    let first = StateRun(
      EventScript.implant(visiting: before, from: 1, until: stop).events)
    let second = StateRun(
      EventScript.implant(visiting: after, from: 1, until: (after.last ?? 1) + 900).events,
      boot: Int64(boot), bootID: "second", keeping: first.rows)
    return (first, second)
  }

  @Test("A beacon at 4 h intervals is one finding, wherever the restart falls", arguments: 1..<12)
  func fourHours(split: Int) throws {
    let whole = StateRun(
      EventScript.implant(visiting: Self.visits, from: 1, until: 13 * 14_400).events)
    let expected = try #require(beacon(whole.findings.first))
    #expect(expected.visits == 12)
    let (first, second) = runs(splitAfter: split)
    #expect(second.findings.count == 1)
    let finding = try #require(second.findings.first)
    let evidence = try #require(beacon(finding))
    #expect(evidence.visits == expected.visits)
    #expect(evidence.visitsAtFinding == expected.visitsAtFinding)
    #expect(abs(evidence.logEvidence - expected.logEvidence) < 1e-6)
    #expect(evidence.isPeriodicNow == expected.isPeriodicNow)
    #expect(evidence.sentBytes == 12 * 517)
    let ids = Set((first.changes + second.changes).map(\.id))
    #expect(ids == [finding.id])
    // It is created once, and told of as going on afterwards.
    let created = (first.changes + second.changes).count { $0.status == .create }
    #expect(created == 1)
    if let told = first.findings.first {
      #expect(finding.firstSeen == told.firstSeen)
      #expect(second.pipeline.metrics.reached(.beacon, told.severity) == 0)
    }
    #expect(second.pipeline.unreadableRows == 0)
  }

  /// An implant that takes the addresses of one network, or of one name, in turn every hour.
  private func rotation(isNamed: Bool, visits: Range<Int>, from start: Double) -> [Event] {
    var script = EventScript()
    let system = EventScript.image(1)
    script.start(system, "/usr/lib/systemd/systemd", at: start)
    script.start(EventScript.implant, "/tmp/kupdater", parent: system, at: start)
    for visit in visits {
      let time = start + 100 + 3_600 * Double(visit - visits.lowerBound)
      let number = visit % 8 + 1
      let remote = EventScript.endpoint(
        isNamed ? "198.51.\(number).7:443" : "203.0.113.\(number):443")
      if isNamed {
        script.add(
          .name(
            NameEvent(
              time: EventScript.instant(time - 1), networkNamespace: 4_026_531_840,
              name: "c2.example.test", address: remote.address, ttlSeconds: 300)))
      }
      script.visit(EventScript.implant, at: time, to: remote)
    }
    return script.events
  }

  @Test("A beacon that rotates is one finding across a boot and a rest", arguments: [false, true])
  func rotation(isNamed: Bool) {
    let first = StateRun(rotation(isNamed: isNamed, visits: 0..<60, from: 1))
    let second = StateRun(
      rotation(isNamed: isNamed, visits: 60..<120, from: 1), boot: 60 * 3_600 + 6 * 3_600,
      bootID: "second", keeping: first.rows)
    #expect(first.findings.count == 1)
    #expect(second.findings.count == 1)
    #expect(Set((first.changes + second.changes).map(\.id)).count == 1)
    #expect(second.pipeline.unreadableRows == 0)
  }

  @Test("A recording of the second run gives its findings without the store")
  func recording() {
    let (_, second) = runs(splitAfter: 6)
    let replayed = StateRun(
      second.recorded, boot: Int64(Self.visits[5] + 900 + 599), bootID: "second", keeping: nil)
    #expect(second.recorded.contains { $0.kind == .baseline })
    #expect(replayed.findings.map(\.json) == second.findings.map(\.json))
    #expect(replayed.changes.map(\.json) == second.changes.map(\.json))
  }

  @Test("Away for more than a tenth of an interval, that interval is no evidence; the rest stays")
  func away() throws {
    let (first, second) = runs(splitAfter: 8, away: 3_000)
    let before = try #require(beacon(first.findings.first))
    var events = second.recorded
    // Up to the first visit after the restart: nothing was won or lost with it.
    let index = try #require(events.firstIndex { $0.kind == .closed })
    events.removeSubrange(index...)
    let boot = Self.visits[7] + 900 + 2_999
    let resumed = StateRun(events, boot: Int64(boot), bootID: "second", keeping: nil)
    let after = try #require(beacon(resumed.findings.first))
    #expect(abs(after.logEvidence - before.logEvidence) < 1e-9)
    #expect(after.visits == before.visits + 1)
    #expect(second.findings.count == 1)
  }

  /// Connections of ten minutes each, of which DNS alone tells the name: it is known at their end.
  private func longVisits() -> [Event] {
    var script = EventScript()
    script.start(EventScript.implant, "/tmp/kupdater", at: 1)
    for visit in 0..<6 {
      let time = 1_000 + 3_600 * Double(visit)
      let remote = EventScript.endpoint("198.51.\(visit % 3 + 1).7:443")
      script.add(
        .name(
          NameEvent(
            time: EventScript.instant(time - 1), networkNamespace: 4_026_531_840,
            name: "c2.example.test", address: remote.address, ttlSeconds: 300)))
      let socket = script.connect(EventScript.implant, at: time, to: remote)
      script.connected(socket, at: time + 0.02)
      script.burst(socket, EventScript.implant, first: time + 0.1, sent: 500, received: 900)
      for tick in 1..<60 { script.tick(at: time + 10 * Double(tick)) }
      script.close(socket, at: time + 600, to: remote)
      script.finish(socket, at: time + 600.1, written: 500, read: 900)
    }
    return script.events
  }

  @Test("What is saved every minute is what is saved at the end", arguments: [false, true])
  func oftenSaved(isNamed: Bool) throws {
    let events =
      isNamed
      ? longVisits()
      : EventScript.implant(visiting: Self.visits, from: 1, until: 13 * 14_400).events
    let once = StateRun(events)
    var often: [StateRow] = []
    var run = StateRun([], keeping: [])
    // One event at a time, with a save after each.
    var pipeline = run.pipeline
    func save() {
      for row in pipeline.takeStateChanges() {
        often.removeAll { $0.kind == row.kind && $0.key == row.key }
        if !row.value.isEmpty { often.append(row) }
      }
    }
    for event in events {
      pipeline.apply(event)
      save()
    }
    pipeline.finish()
    save()
    run.save()
    let order = { (left: StateRow, right: StateRow) in
      left.kind != right.kind
        ? left.kind < right.kind : left.key.lexicographicallyPrecedes(right.key)
    }
    let isSame = often.sorted(by: order) == once.rows.sorted(by: order)
    #expect(isSame)
  }

  @Test("A save that failed is made up for by the next")
  func failedSave() {
    let events = EventScript.implant(visiting: Self.visits, from: 1, until: 13 * 14_400).events
    let once = StateRun(events)
    var pipeline = StateRun([]).pipeline
    for event in events { pipeline.apply(event) }
    pipeline.finish()
    let lost = pipeline.takeStateChanges()
    pipeline.giveBack(lost)
    let again = pipeline.takeStateChanges()
    #expect(Set(again) == Set(once.rows))
  }

  @Test("A pair that nobody waits for any more is forgotten, with its row")
  func forgotten() throws {
    let (first, _) = runs(splitAfter: 6)
    let days = 16 * 86_400.0
    let late = StateRun(
      EventScript.implant(visiting: [50], from: 1, until: 100).events, boot: Int64(days),
      bootID: "second", keeping: first.rows)
    #expect(late.findings.isEmpty)
    // The tracker's kind is 16 and its number.
    let tracked = 16 + PairStateKind.beaconTracked.rawValue
    #expect(first.rows.contains { $0.kind == tracked })
    #expect(!late.rows.contains { $0.kind == tracked })
  }

  @Test("A one-way pair goes on counting")
  func oneWay() throws {
    func script(_ times: [Double], from start: Double) -> [Event] {
      var script = EventScript()
      let system = EventScript.image(1)
      script.start(system, "/usr/lib/systemd/systemd", at: start)
      script.start(EventScript.implant, "/tmp/kupdater", parent: system, at: start)
      for time in times { script.visit(EventScript.implant, at: time, sent: 50_000, received: 0) }
      script.tick(at: (times.last ?? start) + 10)
      return script.events
    }
    let first = StateRun(script([100, 500], from: 1))
    #expect(first.findings.isEmpty)
    let second = StateRun(
      script([100], from: 1), boot: 1_000, bootID: "second", keeping: first.rows)
    guard case .oneWay(let evidence)? = second.findings.first?.evidence else {
      Issue.record("no finding")
      return
    }
    #expect(evidence.oneWaySockets == 3)
    #expect(evidence.sentBytes == 150_000)
    // From 100 s to 1,100 s of the first boot.
    #expect(abs(evidence.windowSeconds - 1_000) < 1e-6)
  }

  @Test("Rows of another layout are left out and counted, and the rest is used")
  func otherLayout() throws {
    let (first, _) = runs(splitAfter: 8)
    let tracked = 16 + PairStateKind.beaconTracked.rawValue
    let rows = first.rows.map { row in
      guard row.kind == tracked, let state = PairMemory.state(row) else { return row }
      var changed = state
      changed.numbers[0] += 1
      return StateRow(kind: row.kind, key: row.key, value: PairMemory.value(changed))
    }
    let second = StateRun(
      EventScript.implant(visiting: [50], from: 1, until: 100).events, boot: 200_000,
      bootID: "second", keeping: rows)
    #expect(second.pipeline.unreadableRows == 1)
    #expect(second.findings.isEmpty)
  }

  @Test("A finding's row keeps the worst that was told; a row without it had told the worst")
  func worstTold() throws {
    let (first, _) = runs(splitAfter: 8)
    let kind = PairMemory.RowKind.finding + UInt8(Analytic.beacon.index)
    let row = try #require(first.rows.first { $0.kind == kind })
    let finding = try #require(first.findings.first)
    func read(_ value: [UInt8]) -> ResumedFinding? {
      ResumedFinding(
        StateRow(kind: row.kind, key: row.key, value: value), .beacon, finding.destination.key)
    }
    let kept = try #require(read(row.value))
    #expect(kept.told == finding.severity && kept.worst == finding.severity)
    let fallen = ResumedFinding.value(kept.identity, told: .medium, worst: .high, lastSeen: 9)
    #expect(read(fallen)?.told == .medium && read(fallen)?.worst == .high)
    // "high", and its length before it.
    #expect(read(fallen.dropLast(5))?.worst == .medium)
    #expect(read(fallen.dropLast(1)) == nil)
  }

  @Test("A finding that got worse without a visit is saved as it was told")
  func worseWithoutSignal() throws {
    let agent = EventScript.image(10, start: 1)
    var script = EventScript()
    script.start(agent, "/usr/local/bin/agent")
    for index in 1...12 { script.visit(agent, at: 60 * Double(index)) }
    script.tick(at: 1_000)
    var pipeline = StateRun(script.events).pipeline
    let kind = PairMemory.RowKind.finding + UInt8(Analytic.beacon.index)
    let before = try #require(pipeline.findings().first)
    // Five minutes after the last visit the state is saved; then its file turns out to be anybody's.
    _ = pipeline.takeStateChanges()
    var file = ExecutableFacts()
    file.owner = 1_000
    file.mode = 0o100777
    var later = EventScript()
    later.know(agent, file, at: EventScript.instant(1_010))
    for event in later.events { pipeline.apply(event) }
    pipeline.finish()
    let told = try #require(pipeline.takeChanges().last)
    #expect(told.severity > before.severity)
    let row = try #require(pipeline.takeStateChanges().first { $0.kind == kind })
    let kept = try #require(ResumedFinding(row, .beacon, told.destination.key))
    #expect(kept.told == told.severity && kept.worst == told.severity)
  }

  @Test("A subject that got a second number keeps its rows when the first one's places go")
  func secondNumber() throws {
    let (first, _) = runs(splitAfter: 8)
    var pipeline = first.pipeline
    let (place, key) = try #require(pipeline.watch.memory.saved.first)
    let other = Pair(subject: SubjectID(number: 9_999), destination: place.pair.destination)
    pipeline.watch.memory.saved[PairMemory.Place(kind: place.kind, pair: other)] = key
    let rows = pipeline.takeStateChanges()
    #expect(!rows.contains { $0.kind == place.kind && $0.key == key && $0.value.isEmpty })
    #expect(pipeline.watch.memory.saved[place] == key)
  }

  @Test("Any rows are taken without a crash", arguments: 0..<16 as Range<UInt64>)
  func hostile(seed: UInt64) {
    let (first, _) = runs(splitAfter: 8)
    var state = seed &* 977 &+ 1
    let next = { () -> UInt64 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 20
    }
    let after = EventScript.implant(
      visiting: [50, 100, 4_000, 9_000], from: 1, until: 20_000
    ).events
    for _ in 0..<8 {
      let rows = first.rows.map { row in
        var value = row.value
        // Whole numbers too: single bytes seldom make a count of the wrong range.
        for _ in 0..<(next() % 6) where !value.isEmpty {
          let at = Int(next()) % value.count
          value[at] = UInt8(truncatingIfNeeded: next())
          if next() % 2 == 0 {
            for other in at..<min(at + 8, value.count) { value[other] = 0xff }
          }
        }
        return StateRow(kind: row.kind, key: row.key, value: value)
      }
      let run = StateRun(after, boot: 130_000, bootID: "second", keeping: rows)
      _ = run.findings
    }
  }
}
