// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing
import Wire

@testable import Baseline
@testable import Findings

@Suite("A host that boots with a wrong clock")
struct WrongClockTests {
  private static let day = 86_400.0
  /// 2025-11-21 04:40:00 UTC, in Unix seconds: boot time 0 of the scripts' host.
  private static let right: Int64 = 1_763_700_000
  /// 2036-01-01 00:00:00 UTC.
  private static let future: Int64 = 2_082_758_400

  private static func set(_ unix: Int64, at seconds: Double) -> Event {
    let time = EventScript.instant(seconds)
    return .clock(
      ClockEvent(
        time: time, wallNanoseconds: unix * 1_000_000_000 + Int64(clamping: time.nanoseconds)))
  }

  /// A run whose header puts boot time 0 at Unix `epoch`.
  private static func run(
    _ events: [Event], epoch: Int64, keeping rows: [StateRow]? = []
  ) -> StateRun {
    StateRun(events, boot: epoch - right, keeping: rows)
  }

  private static func visits(_ times: [Double], set step: (unix: Int64, at: Double)?) -> [Event] {
    var script = EventScript()
    let agent = EventScript.image(10, start: 1)
    script.start(agent, "/usr/bin/resident")
    for time in times { script.visit(agent, at: time) }
    script.tick(at: (times.last ?? 1) + 1)
    let steps = step.map { [set($0.unix, at: $0.at)] } ?? []
    return (script.events + steps).sorted { $0.time < $1.time }
  }

  private func known(_ rows: [StateRow]) throws -> KnownSubject {
    let all = HostBaseline(showing: rows).knownSubjects()
    #expect(all.count == 1)
    return try #require(all.first)
  }

  private func familiarDays(_ rows: [StateRow]) -> UInt64? {
    let events = HostBaseline(showing: rows).exported(at: .zero)
    return events.first?.facts.destinations?.first?.activeDays
  }

  @Test(
    "What was seen before the clock is set gets the dates of the right one",
    arguments: [-700_000, 0, future])
  func first(epoch: Int64) throws {
    let run = Self.run(Self.visits([10, 100], set: (Self.right, 60)), epoch: epoch)
    let known = try known(run.rows)
    #expect(known.habits.firstSeen == Self.right + 10)
    #expect(known.lastSeen <= Self.right + 100)
    #expect(known.habits.activeDays == 1)
    #expect(familiarDays(run.rows) == 1)
    #expect(run.pipeline.baseline.since == Self.right + 1)
    #expect(run.pipeline.baseline.isLearning)
    #expect(run.pipeline.baseline.redatedRows == 0)
  }

  @Test("Learning lasts its seven days whatever the clock said first", arguments: [0, future])
  func learning(epoch: Int64) {
    for (end, isLearning) in [(7 * Self.day - 10, true), (7 * Self.day + 10, false)] {
      let run = Self.run(Self.visits([10, end], set: (Self.right, 60)), epoch: epoch)
      #expect(run.pipeline.baseline.isLearning == isLearning)
    }
  }

  @Test(
    "What is known from before outlives a boot with a wrong clock",
    arguments: [-700_000, 0, 1_400_000_000, future])
  func known(epoch: Int64) throws {
    let before = Self.run(
      Self.visits((0..<10).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.right)
    #expect(familiarDays(before.rows) == 10)
    // Up again five minutes after the last visit; the clock is set a minute later.
    let boot = Self.right + 9 * 86_400 + 310
    let after = Self.run(
      Self.visits([10, 100], set: (boot, 60)), epoch: epoch, keeping: before.rows)
    let known = try known(after.rows)
    #expect(known.habits.firstSeen == Self.right + 10)
    #expect(known.lastSeen <= boot + 100 && known.lastSeen >= Self.right + 9 * 86_400)
    #expect(known.habits.activeDays == 10)
    #expect(familiarDays(after.rows) == 10)
    #expect(!after.pipeline.baseline.isLearning)
    #expect(after.pipeline.baseline.redatedRows == 0)
    #expect(!after.pipeline.baseline.isClockDoubted)
  }

  @Test("Until the clock is set, nothing is judged by it", arguments: [0, future])
  func unset(epoch: Int64) throws {
    let before = Self.run(
      Self.visits((0..<10).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.right)
    let after = Self.run(Self.visits([10, 100], set: nil), epoch: epoch, keeping: before.rows)
    #expect(after.pipeline.baseline.isClockDoubted)
    #expect(!after.pipeline.baseline.isLearning)
    let known = try known(after.rows)
    #expect(known.habits.activeDays == 10)
    #expect(known.lastSeen <= Self.right + 9 * 86_400 + 120)
    #expect(familiarDays(after.rows) == 10)
  }

  @Test("A clock that stands for an hour is believed, and what a wrong one wrote is dated anew")
  func believed() throws {
    // Eight days under a clock of 2036 that nobody set before the host went down.
    let before = Self.run(
      Self.visits((0..<8).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.future)
    let boot = Self.right + 8 * 86_400
    let after = Self.run(
      Self.visits([10, 3_500, 3_700], set: nil), epoch: boot, keeping: before.rows)
    #expect(!after.pipeline.baseline.isClockDoubted)
    #expect(after.pipeline.baseline.redatedRows > 0)
    // What was learned in eight days is not learned again.
    #expect(!after.pipeline.baseline.isLearning)
    let known = try known(after.rows)
    #expect(known.lastSeen <= boot + 3_700)
    #expect(known.habits.firstSeen < boot - 6 * 86_400)
    #expect((8...9).contains(known.habits.activeDays))
  }

  @Test("A host that was away for two months is believed after an hour")
  func away() throws {
    let before = Self.run(
      Self.visits((0..<8).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.right)
    let boot = Self.right + 68 * 86_400
    let after = Self.run(
      Self.visits([10, 3_500, 3_700], set: nil), epoch: boot, keeping: before.rows)
    #expect(!after.pipeline.baseline.isClockDoubted)
    let known = try known(after.rows)
    #expect(known.habits.firstSeen == Self.right + 10)
    // The first visit, told by the end of the last run, moved with the others.
    #expect(known.habits.activeDays == 1)
    #expect(known.lastSeen >= boot)
  }

  @Test("A clock that goes on from one doubted run to the next is believed: two starts vouch")
  func vouched() throws {
    let before = Self.run(
      Self.visits((0..<8).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.right)
    // Off for forty days, and then up for half an hour every other day.
    let (one, two) = (Self.right + 48 * 86_400, Self.right + 50 * 86_400)
    let first = Self.run(Self.visits([10, 1_800], set: nil), epoch: one, keeping: before.rows)
    #expect(first.pipeline.baseline.isClockDoubted)
    let second = Self.run(Self.visits([10, 1_800], set: nil), epoch: two, keeping: first.rows)
    #expect(!second.pipeline.baseline.isClockDoubted)
    #expect(second.pipeline.baseline.now == two + 1_800)
    #expect(try known(second.rows).habits.firstSeen == Self.right + 10)
    let replayed = Self.run(second.recorded, epoch: two, keeping: nil)
    #expect(replayed.pipeline.baseline.now == two + 1_800)
    // A version that did not keep what the clock read left a row without it.
    let old = first.rows.map { row in
      guard row.kind == PairMemory.RowKind.watched else { return row }
      var memory = PairMemory()
      memory.take(row)
      return PairMemory.watched(until: memory.watchedUntil ?? 0, reading: nil)
    }
    let third = Self.run(Self.visits([10, 1_800], set: nil), epoch: two, keeping: old)
    #expect(third.pipeline.baseline.isClockDoubted)
  }

  @Test(
    "A clock that begins at the same moment every time, or before any such host, vouches for nothing",
    arguments: [(1_700_000_000, 0), (0, 86_400), (1_500_000_000, 86_400)] as [(Int64, Int64)])
  func notVouched(epoch: Int64, later: Int64) {
    let before = Self.run(
      Self.visits((0..<8).map { 10 + Double($0) * Self.day }, set: nil), epoch: Self.right)
    let first = Self.run(Self.visits([10, 1_800], set: nil), epoch: epoch, keeping: before.rows)
    let second = Self.run(
      Self.visits([10, 1_800], set: nil), epoch: epoch + later, keeping: first.rows)
    #expect(first.pipeline.baseline.isClockDoubted && second.pipeline.baseline.isClockDoubted)
    #expect(second.pipeline.baseline.now < Self.right + 9 * 86_400)
  }

  @Test("Rows of another clock that are dated later than now are drawn to now and counted")
  func laterRows() throws {
    let other = Self.run(Self.visits([10], set: nil), epoch: Self.future)
    // As an import has them: without the word of when the last run ended.
    let rows = other.rows.filter { $0.kind < 16 }
    let run = Self.run(Self.visits([10, 100], set: nil), epoch: Self.right, keeping: rows)
    let known = try known(run.rows)
    #expect(known.habits.firstSeen <= Self.right + 10)
    #expect(known.lastSeen <= Self.right + 100)
    // A subject, its pair and its destination.
    #expect(run.pipeline.baseline.redatedRows == 3)
  }

  @Test(
    "A beacon goes on over a boot with a wrong clock, under its id",
    arguments: [-700_000, 0, future])
  func beacon(epoch: Int64) throws {
    let times = (1...12).map { 600 * Double($0) }
    let first = Self.run(
      EventScript.implant(visiting: times, from: 1, until: 7_300).events, epoch: Self.right)
    let open = try #require(first.findings.first)
    // Ten minutes were missed, and the clock is set after the first visit.
    let boot = Self.right + 7_900
    let later =
      (EventScript.implant(visiting: times, from: 1, until: 7_300).events
      + [Self.set(boot, at: 700)]).sorted { $0.time < $1.time }
    let second = Self.run(later, epoch: epoch, keeping: first.rows)
    let finding = try #require(second.findings.first)
    #expect(second.findings.count == 1 && finding.id == open.id)
    guard case .beacon(let evidence) = finding.evidence else {
      Issue.record("no beacon")
      return
    }
    #expect(evidence.visits == 24)
    #expect(try abs(#require(evidence.periodSeconds) - 600) < 1)
    // What it saves for the next run is dated by the right clock.
    let third = StateRun(
      EventScript.implant(visiting: times, from: 1, until: 7_300).events, boot: 7_900 + 7_310,
      bootID: "third", keeping: second.rows)
    guard case .beacon(let last)? = third.findings.first?.evidence else {
      Issue.record("no beacon")
      return
    }
    #expect(third.findings.map(\.id) == [open.id])
    #expect(last.visits == 36 && last.logEvidence > evidence.logEvidence)
  }

  @Test("What an event tells in the first week of 1970 is saved such that it can be read")
  func earliest() throws {
    var facts = BaselineEvent.Facts(subject: "s")
    facts.protocols = ["h2"]
    let event = Event.baseline(BaselineEvent(time: EventScript.instant(1), facts: facts))
    let first = Self.run([event], epoch: 0)
    let second = Self.run([], epoch: 0, keeping: first.rows)
    #expect(second.pipeline.unreadableRows == 0)
    #expect(try known(first.rows).protocols == ["h2"])
  }

  @Test("A clock at the end of the dates that are believed leaves rows that can be read")
  func latest() {
    // 2^33 s, in the year 2242, is the last moment. The step comes with an event that is late.
    let end: Int64 = 1 << 33
    var events = Self.visits([300], set: nil)
    events.append(Self.set(end - 200, at: 299))
    events += Self.visits([310, 320], set: nil).dropFirst(2)
    let first = Self.run(events, epoch: Self.right)
    let second = Self.run([], epoch: Self.right, keeping: first.rows)
    #expect(second.pipeline.unreadableRows == 0)
    #expect(first.pipeline.baseline.now <= end)
  }

  @Test(
    "A recording under a wrong clock replays without the store", arguments: [-700_000, 0, future])
  func recording(epoch: Int64) {
    let times = (1...12).map { 600 * Double($0) }
    let first = Self.run(
      EventScript.implant(visiting: times, from: 1, until: 7_300).events, epoch: Self.right)
    for step in [nil, Self.set(Self.right + 7_900, at: 700)] {
      let later =
        (EventScript.implant(visiting: times, from: 1, until: 7_300).events
        + [step].compactMap(\.self)).sorted { $0.time < $1.time }
      let second = Self.run(later, epoch: epoch, keeping: first.rows)
      let replayed = Self.run(second.recorded, epoch: epoch, keeping: nil)
      #expect(replayed.changes.map(\.json) == second.changes.map(\.json))
      #expect(replayed.findings.map(\.json) == second.findings.map(\.json))
      #expect(replayed.pipeline.baseline.now == second.pipeline.baseline.now)
    }
  }
}
