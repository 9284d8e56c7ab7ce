// SPDX-License-Identifier: Apache-2.0

import Baseline
import EventScript
import Findings
import Testing
import Wire

@testable import Sensor

@Suite("Saving beside the pipeline's thread")
struct StateSaverTests {
  private let place: TemporaryDirectory

  init() throws {
    place = try TemporaryDirectory()
  }

  private func rows(_ count: Int, bytes: Int = 16, kind: UInt8 = 200) -> [StateRow] {
    (0..<count).map { index in
      StateRow(
        kind: kind, key: (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) },
        value: [UInt8](repeating: 1, count: bytes))
    }
  }

  private func saved() throws -> [StateRow] {
    var store = try StateStore(directory: place.path, isReadOnly: true)
    return try store.load()
  }

  @Test("Whoever asks for it waits until the batch is in the store")
  func waits() throws {
    let saver = StateSaver(try StateStore(directory: place.path))
    let batch = StateSaver.Batch(rows: rows(1_000), time: 7)
    #expect(saver.offer(batch))
    saver.write()
    #expect(!saver.isBusy)
    let outcome = try #require(saver.takeOutcome())
    #expect(outcome.error == nil && outcome.batch.time == 7)
    #expect(try Set(saved()) == Set(batch.rows))
    place.remove()
  }

  @Test("Nothing is taken before the outcome of the last batch is")
  func one() throws {
    let saver = StateSaver(try StateStore(directory: place.path))
    #expect(saver.offer(StateSaver.Batch(rows: rows(10), time: 1)))
    #expect(!saver.offer(StateSaver.Batch(rows: rows(20), time: 2)))
    saver.write()
    #expect(!saver.offer(StateSaver.Batch(rows: rows(20), time: 2)))
    #expect(saver.takeOutcome()?.batch.time == 1)
    #expect(saver.offer(StateSaver.Batch(rows: rows(20), time: 2)))
    saver.write()
    #expect(try saved().count == 20)
    place.remove()
  }

  @Test("A batch that finds no room comes back whole")
  func full() throws {
    let saver = StateSaver(try StateStore(directory: place.path, pageLimit: 16))
    let batch = StateSaver.Batch(rows: rows(400, bytes: 1_000), time: 1)
    #expect(saver.offer(batch))
    saver.write()
    let outcome = try #require(saver.takeOutcome())
    #expect(outcome.error == .full(place.path + "/state.db"))
    #expect(outcome.batch.rows == batch.rows)
    #expect(try saved().isEmpty)
    place.remove()
  }

  @Test("A save that is due while one is under way is left out, counted and said once")
  func skipped() throws {
    var keeper = try StateKeeper(place.path)
    var pipeline = DetectionPipeline(header: Story.header)
    keeper.restore(&pipeline)
    func tick(_ seconds: Double) {
      pipeline.apply(.tick(EventScript.instant(seconds)))
      keeper.saveIfDue(&pipeline)
    }
    for event in Story.beacon(visits: 6).events { pipeline.apply(event) }
    tick(500)
    // Tens of thousands of rows take longer than the next line.
    #expect(keeper.saver.offer(StateSaver.Batch(rows: rows(60_000, bytes: 500), time: 1)))
    tick(561)
    tick(562)
    #expect(keeper.status.skipped == 1)
    #expect(keeper.takeTroubles().count { $0.contains("not done") } == 1)
    keeper.finish(&pipeline)
    #expect(keeper.status.errors == 0)
    // Nothing of what the skipped save had is missing.
    let known = try saved().filter { $0.kind != 200 }
    #expect(HostBaseline(showing: known).knownSubjects().count == 1)
    // 562 s after boot.
    #expect(keeper.status.savedAt == (Story.epochSeconds + 562) * 1_000_000_000)
    place.remove()
  }

  @Test("What a failed save had is in the next one")
  func madeUpFor() throws {
    // 512 KiB: room for what is learned here, and not for the row beside it.
    var keeper = try StateKeeper(place.path, pageLimit: 128)
    var pipeline = DetectionPipeline(header: Story.header)
    keeper.restore(&pipeline)
    for event in Story.beacon(visits: 6).events { pipeline.apply(event) }
    let large = StateRow(kind: 200, key: [1], value: [UInt8](repeating: 1, count: 600_000))
    let lost = pipeline.takeStateChanges()
    #expect(keeper.saver.offer(StateSaver.Batch(rows: lost + [large], time: 1)))
    keeper.finish(&pipeline)
    #expect(keeper.status.errors == 1)
    #expect(keeper.takeTroubles().contains { $0.contains("no space left") })
    #expect(try Set(lost).isSubset(of: saved()))
    place.remove()
  }
}
