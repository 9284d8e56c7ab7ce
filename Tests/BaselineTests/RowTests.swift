// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Baseline

@Suite("Rows of the store")
struct RowTests {
  private var subject: SubjectRecord {
    var record = SubjectRecord(firstSeen: 5)
    record.lastSeen = 8_589_934_592
    record.active.mark(20_000)
    record.inbound.mark(19_990)
    record.users = [.root, .user]
    for index in 0..<50 as Range<Int64> { record.sent.record(UInt64(index) << 30, at: index * 400) }
    record.sentByHour[23] = .max
    record.receivedByHour[0] = 1
    record.note(port: 443)
    record.note(port: 53)
    _ = record.note(spoken: "h2", at: 5)
    record.isNeverFamiliar = true
    record.toldP99 = 77
    return record
  }

  @Test("A record is what it was")
  func roundTrip() {
    #expect(SubjectRecord.decode(subject.rowValue) == subject)
    var plain = subject
    plain.toldP99 = nil
    plain.isNetworkFacing = true
    #expect(SubjectRecord.decode(plain.rowValue) == plain)
    var pair = PairRecord(firstSeen: 1)
    pair.days.mark(100)
    pair.tainted.mark(99)
    #expect(PairRecord.decode(pair.rowValue) == pair)
    pair.note(name: 7)
    #expect(PairRecord.decode(pair.rowValue) == pair)
    pair.note(name: 7, isResolved: true)
    #expect(pair.isResolved && PairRecord.decode(pair.rowValue) == pair)
    // Of several names none is known, resolved or not.
    pair.note(name: 8, isResolved: true)
    #expect(!pair.isResolved && PairRecord.decode(pair.rowValue) == pair)
    // Other hosts know it, and it was never seen here.
    var destination = DestinationRecord(firstSeen: .max)
    _ = destination.note(user: .max)
    _ = destination.note(host: 0)
    destination.toldUsers = 4
    #expect(DestinationRecord.decode(destination.rowValue) == destination)
  }

  @Test(
    "A record with a time before 1970 or after 2242 is refused",
    arguments: [-1, 8_589_934_593, .min, .max] as [Int64])
  func impossibleTimes(seconds: Int64) {
    var late = subject
    late.lastSeen = seconds
    #expect(SubjectRecord.decode(late.rowValue) == nil)
    #expect(PairRecord.decode(PairRecord(firstSeen: seconds).rowValue) == nil)
    #expect(SeenRecord.decode(SeenRecord(firstSeen: seconds).rowValue) == nil)
    let destination = DestinationRecord(firstSeen: seconds)
    #expect((DestinationRecord.decode(destination.rowValue) == nil) == (seconds != .max))
  }

  @Test("A record that is cut, longer, or of another version is refused")
  func damaged() {
    let value = subject.rowValue
    for length in 0..<value.count { #expect(SubjectRecord.decode(Array(value[..<length])) == nil) }
    #expect(SubjectRecord.decode(value + [0]) == nil)
    #expect(SubjectRecord.decode([2] + value.dropFirst()) == nil)
  }

  @Test("Any bytes are read without a crash", arguments: 0..<64 as Range<UInt64>)
  func hostile(seed: UInt64) {
    var state = seed
    var bytes = subject.rowValue
    for _ in 0..<200 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      _ = SubjectRecord.decode(bytes)
      _ = PairRecord.decode(bytes)
      _ = DestinationRecord.decode(bytes)
      _ = StateRow.unpack(bytes)
      var baseline = HostBaseline(epochNanoseconds: 0)
      baseline.keep([
        StateRow(kind: 1, key: Array("s".utf8), value: bytes),
        StateRow(kind: 2, key: bytes, value: bytes),
      ])
    }
  }

  @Test("Numbers are LEB128 and zigzag, as their definitions say")
  func numbers() {
    // DWARF 5, section 7.6: 2, 127, 128 and 12,857 unsigned.
    for (number, bytes) in [
      (2, [0x02]), (127, [0x7f]), (128, [0x80, 0x01]), (12_857, [0xb9, 0x64]),
    ] as [(UInt64, [UInt8])] {
      var writer = RowWriter()
      writer.put(number)
      #expect(writer.bytes == bytes)
    }
    // Protocol Buffers, "Signed Integers": 0, -1, 1, -2 become 0, 1, 2, 3.
    for (number, byte) in [(0, 0), (-1, 1), (1, 2), (-2, 3)] as [(Int64, UInt8)] {
      var writer = RowWriter()
      writer.put(signed: number)
      #expect(writer.bytes == [byte])
    }
    for number in [Int64.min, -1, 0, 1, .max] {
      var writer = RowWriter()
      writer.put(signed: number)
      var reader = RowReader(writer.bytes)
      #expect(reader.signed() == number && reader.isAtEnd)
    }
  }
}
