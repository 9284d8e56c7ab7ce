// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Testing
import Wire

@testable import Findings
@testable import Flows

@Suite("What is waited for from before a stream is bounded")
struct PairMemoryTests {
  /// A row of a subject that never acts, kept until `until`.
  private func row(_ index: Int, until: Int64 = .max, padding: Int = 0) throws -> StateRow {
    let destination = Destination(EventScript.remote, seenIn: 0)
    let key = try #require(PairMemory.key("subject \(index)", destination))
    let state = PairState(
      kind: .oneWay, numbers: Array(repeating: 1, count: 1 + padding / 8), keptUntil: until)
    return StateRow(
      kind: 16 + PairStateKind.oneWay.rawValue, key: key, value: PairMemory.value(state))
  }

  @Test("Events may tell any number of rows; what finds no room is counted")
  func rows() throws {
    var script = EventScript.beacon(visits: 1)
    for part in 0..<70 {
      var facts = BaselineEvent.Facts(subject: "subject")
      facts.rows = ByteString(
        StateRow.pack(try (0..<1_000).map { try row(part * 1_000 + $0) }))
      script.add(.baseline(BaselineEvent(time: EventScript.instant(200), facts: facts)))
    }
    let run = PipelineRun(script)
    let table = try #require(run.pipeline.tables.first { $0.name == "pair_memory" })
    #expect(table.limit == 65_536)
    #expect(table.count == 65_536)
    #expect(table.evictions == 70_000 - 65_536)
  }

  @Test("Bytes are bounded as rows are, and both are free again once a subject acts")
  func bytes() throws {
    var memory = PairMemory()
    memory.byteLimit = 100_000
    for index in 0..<50 { memory.take(try row(index, padding: 8_000)) }
    #expect(memory.bytes <= 100_000)
    #expect(memory.rows == 12)
    #expect(memory.evictions == 38)
    #expect(memory.claim("subject 0")?.count == 1)
    #expect(memory.claim("subject 0") == nil)
    #expect(memory.rows == 11)
    memory.take(try row(99, padding: 8_000))
    #expect(memory.rows == 12 && memory.evictions == 38)
    for index in 0..<100 { _ = memory.claim("subject \(index)") }
    #expect(memory.rows == 0 && memory.bytes == 0)
    // A replay has no store to remove them from.
    #expect(memory.removed.isEmpty)
  }

  @Test("Of a store the rows that would be kept longest are taken, the others removed")
  func longest() throws {
    var memory = PairMemory()
    memory.rowLimit = 4
    memory.keep(try (0..<10).map { try row($0, until: 1_000 + Int64($0 * 7 % 10)) }, now: 1_000)
    // 7 n modulo 10 is 6 or more for these.
    for index in [1, 4, 7, 8] { #expect(memory.claim("subject \(index)") != nil, "\(index)") }
    #expect(memory.rows == 0)
    #expect(memory.removed.count == 6)
    #expect(memory.evictions == 6)
  }

  @Test("A finding waits within the same bounds until its pair behaves")
  func findings() throws {
    var memory = PairMemory()
    memory.rowLimit = 1
    let destination = Destination(EventScript.remote, seenIn: 0)
    let identity = FindingIdentity(
      id: "f-aaaaaa", subject: "s", firstSeen: "2025-11-21T04:43:20.000Z", bootID: "9d3c",
      analytic: .beacon, destination: destination)
    let row = StateRow(
      kind: PairMemory.RowKind.finding,
      key: try #require(PairMemory.key("s", destination, Analytic.beacon.slug)),
      value: ResumedFinding.value(identity, told: .high, worst: .high, lastSeen: 1_000))
    let finding = try #require(ResumedFinding(row, .beacon, destination))
    let keys = ([1, 2] as [UInt32]).map { number in
      FindingStore.Key(
        analytic: .beacon,
        pair: Pair(subject: SubjectID(number: number), destination: destination))
    }
    for key in keys { memory.hold(finding, key, of: row) }
    #expect(
      memory.finding(keys[0], at: 1_000) != nil && memory.finding(keys[1], at: 1_000) == nil)
    // Fourteen days after its last sign of life.
    let end: Int64 = 1_000 + 14 * 86_400
    #expect(memory.finding(keys[0], at: end) != nil && memory.finding(keys[0], at: end + 1) == nil)
    #expect(Array(memory.heldFindings(at: end)) == [keys[0]])
    #expect(Array(memory.heldFindings(at: end + 1)).isEmpty)
    #expect(memory.evictions == 1)
    memory.release(keys[0])
    #expect(memory.rows == 0 && memory.bytes == 0)
  }
}
