// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Testing
import Wire

@testable import Findings

@Suite("How long told findings are kept")
struct RetentionTests {
  private static let day: Int64 = 86_400
  /// 2025-11-21 04:40:00 UTC, in Unix seconds.
  private static let start: Int64 = 1_763_700_000

  private static func finding(_ id: String, status: Finding.Status) throws -> Finding {
    var finding = try #require(PipelineRun(EventScript.beacon(visits: 12)).findings.first)
    finding.id = id
    finding.status = status
    return finding
  }

  private func archive(days: Int = 90, bytes: Int = 33_554_432) -> FindingArchive {
    var retention = FindingRetention()
    retention.days = days
    retention.bytes = bytes
    return FindingArchive(retention)
  }

  private func ids(_ rows: [StateRow], removed: Bool) -> [String] {
    rows.filter { $0.value.isEmpty == removed }.map { String(decoding: $0.key, as: UTF8.self) }
  }

  @Test("A closed finding goes when its days are over, an open one 14 days after its last sign")
  func days() throws {
    var archive = archive(days: 3)
    archive.note(try Self.finding("f-closed", status: .close), seen: Self.start)
    archive.note(try Self.finding("f-open", status: .update), seen: Self.start)
    #expect(ids(archive.takeChanges(at: Self.start), removed: false) == ["f-closed", "f-open"])
    #expect(archive.takeChanges(at: Self.start + 3 * Self.day).isEmpty)
    let gone = archive.takeChanges(at: Self.start + 3 * Self.day + 1)
    #expect(ids(gone, removed: true) == ["f-closed"])
    #expect(archive.takeChanges(at: Self.start + 14 * Self.day - 1).isEmpty)
    let last = archive.takeChanges(at: Self.start + 14 * Self.day)
    #expect(ids(last, removed: true) == ["f-open"])
    #expect(archive.expired == 2 && archive.count == 0)
  }

  @Test("Beyond the bytes the oldest go, those that are over before those that are open")
  func bytes() throws {
    let size = FindingJSON.encode(try Self.finding("f-1", status: .update)).count
    // Room for two; "close" is a letter shorter than "update".
    var archive = archive(bytes: 2 * size + 10)
    archive.note(try Self.finding("f-1", status: .update), seen: Self.start)
    archive.note(try Self.finding("f-2", status: .close), seen: Self.start + 10)
    archive.note(try Self.finding("f-3", status: .close), seen: Self.start + 20)
    let rows = archive.takeChanges(at: Self.start + 30)
    #expect(ids(rows, removed: true) == ["f-2"])
    #expect(ids(rows, removed: false) == ["f-1", "f-3"])
    // The same finding again takes no more room.
    archive.note(try Self.finding("f-3", status: .close), seen: Self.start + 40)
    #expect(ids(archive.takeChanges(at: Self.start + 50), removed: true) == [])
    archive.note(try Self.finding("f-4", status: .update), seen: Self.start + 60)
    archive.note(try Self.finding("f-5", status: .update), seen: Self.start + 70)
    // First the closed one, then the open one that was seen longest ago.
    #expect(ids(archive.takeChanges(at: Self.start + 80), removed: true) == ["f-3", "f-1"])
    #expect(archive.expired == 3)
  }

  @Test("What a failed save had is saved by the next, and nothing comes back that was told anew")
  func failedSave() throws {
    var archive = archive(days: 3)
    archive.note(try Self.finding("f-1", status: .create), seen: Self.start)
    archive.note(try Self.finding("f-2", status: .create), seen: Self.start)
    let lost = archive.takeChanges(at: Self.start)
    archive.note(try Self.finding("f-2", status: .close), seen: Self.start + 5)
    archive.giveBack(lost)
    let again = FlatFinding.kept(in: archive.takeChanges(at: Self.start + 10))
    #expect(again.map(\.id).sorted() == ["f-1", "f-2"])
    #expect(again.first { $0.id == "f-2" }?.value["status"].text == "close")
  }

  @Test("The state has each finding as it was told last, over restarts")
  func restart() throws {
    let events = EventScript.beacon(visits: 12).events
    let first = StateRun(events)
    let told = try #require(first.changes.last)
    let kept = FlatFinding.kept(in: first.rows)
    #expect(kept == [try #require(FlatFinding(told))])
    // A run without any finding keeps it, a run months later drops it.
    var quiet = EventScript()
    quiet.tick(at: 10)
    let second = StateRun(quiet.events, boot: 10_000, bootID: "b", keeping: first.rows)
    #expect(FlatFinding.kept(in: second.rows) == kept)
    #expect(second.pipeline.expiredFindings == 0)
    var late = EventScript()
    // A clock so much later is believed after an hour.
    for second in [10.0, 3_700] { late.tick(at: second) }
    let third = StateRun(
      late.events, boot: 100 * Self.day, bootID: "c", keeping: second.rows)
    #expect(FlatFinding.kept(in: third.rows).isEmpty)
    #expect(third.pipeline.expiredFindings == 1)
  }

  @Test("Rows that are no findings are left out and counted")
  func damaged() {
    let rows = [[1], [2, 1, 200], [0x80]].map {
      StateRow(kind: 64, key: [102], value: $0)
    }
    let run = StateRun([], keeping: rows)
    #expect(run.pipeline.unreadableRows == 3)
    #expect(FlatFinding.kept(in: rows).isEmpty)
  }

  @Test("A save that hangs does not keep what is told in memory without bound")
  func hangingSave() throws {
    let size = FindingJSON.encode(try Self.finding("f-100", status: .close)).count
    var archive = archive(bytes: 4 * size)
    for index in 100..<200 {
      archive.note(
        try Self.finding("f-\(index)", status: .close), seen: Self.start + Int64(index))
      #expect(archive.count <= 8)
    }
    #expect(ids(archive.takeChanges(at: Self.start + 200), removed: false).last == "f-199")
  }

  @Test("What a clock ahead dated is kept no longer than the rest, and gets another date once")
  func ahead() throws {
    let later = Self.start + 3_650 * Self.day
    var first = archive()
    first.note(try Self.finding("f-1", status: .close), seen: later)
    let rows = first.takeChanges(at: later)
    #expect(first.takeChanges(at: Self.start).isEmpty)
    #expect(first.takeChanges(at: Self.start + 91 * Self.day).map(\.value) == [[]])
    var second = archive()
    second.take(rows, end: Self.start)
    let anew = second.takeChanges(at: Self.start + 100)
    #expect(anew.compactMap(FindingArchive.told).map(\.lastSeen) == [Self.start])
    #expect(second.takeChanges(at: Self.start + 200).isEmpty)
    // A day is no reason: so far may a clock be.
    var third = archive()
    third.take(rows, end: later - Self.day)
    #expect(third.takeChanges(at: later).isEmpty)
  }

  @Test("What is told before the clock is set is kept by the date of the right one")
  func redated() throws {
    // 2036-01-01 00:00:00 UTC until 1,000 s, when a finding is saved already.
    let wrong: Int64 = 2_082_758_400
    let visits = (1...12).map { 60 * Double($0) }
    let events = EventScript.implant(visiting: visits, from: 1, until: 1_000).events
    var pipeline = StateRun([], boot: wrong - Self.start).pipeline
    for event in events { pipeline.apply(event) }
    func dates(_ rows: [StateRow]) -> [Int64] {
      rows.filter { $0.kind == PairMemory.RowKind.told }.compactMap(FindingArchive.told)
        .map(\.lastSeen)
    }
    // The visits are between 60 s and 720 s.
    let before = dates(pipeline.takeStateChanges())
    #expect(before.count == 1 && before.allSatisfy { (wrong + 60...wrong + 720).contains($0) })
    pipeline.apply(
      .clock(
        ClockEvent(
          time: EventScript.instant(1_001),
          wallNanoseconds: (Self.start + 1_001) * 1_000_000_000)))
    let after = dates(pipeline.takeStateChanges())
    #expect(
      after.count == 1
        && after.allSatisfy { (Self.start + 60...Self.start + 720).contains($0) })
    #expect(dates(pipeline.takeStateChanges()).isEmpty)
  }
}

extension FindingArchive {
  /// A finding that is told when it was seen.
  fileprivate mutating func note(_ finding: Finding, seen: Int64) {
    note(finding, lastSeen: seen, at: seen)
  }
}
