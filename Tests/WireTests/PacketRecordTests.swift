// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@Suite("Records of the packet hooks")
struct PacketRecordTests {
  /// Kinds 11 and 12 as bpf/wire/halfwire_wire.h lays them out.
  private func head(_ data: [UInt8], room: Int, direction: UInt8 = 1) -> HandmadeRecord {
    var record = HandmadeRecord(kind: 11, size: 40 + room, time: 900)
    record.putSocket(71, 2, 9)
    record.put(UInt32(155), at: 32)
    record.put(UInt16(data.count), at: 36)
    record.bytes[38] = direction
    record.put(data, at: 40)
    return record
  }

  @Test("A head is its stated bytes, however much room the record has")
  func heads() throws {
    for room in [3, 512, 2_048] {
      let record = head([1, 2, 3], room: room)
      guard case .event(.head(let event)) = try RecordDecoder.decode(record.bytes.span) else {
        Issue.record("no head")
        return
      }
      #expect(event.time == KernelInstant(nanoseconds: 900))
      #expect(event.socket == SocketKey(cookie: 71, generation: 2))
      #expect(event.direction == .received && event.offset == 155 && event.data == [1, 2, 3])
      var encoded: [UInt8] = []
      #expect(RecordEncoder.append(.head(event), to: &encoded))
      var tight = head([1, 2, 3], room: 3)
      // An event carries no namespace.
      tight.putSocket(71, 2, 0)
      #expect(encoded == tight.bytes)
    }
  }

  @Test("A head that states more than it has, or another direction, is an error")
  func damagedHeads() {
    var long = head([1, 2, 3], room: 3)
    long.put(UInt16(4), at: 36)
    let bytes = long.bytes
    #expect(throws: DecodingError.truncated(offset: 40, available: 43)) {
      try RecordDecoder.decode(bytes.span)
    }
    let sideways = head([1], room: 1, direction: 2).bytes
    #expect(throws: DecodingError.invalidField(offset: 38)) {
      try RecordDecoder.decode(sideways.span)
    }
  }

  @Test("An answer is a payload with its namespace")
  func answers() throws {
    var record = HandmadeRecord(kind: 12, size: 24 + 512, time: 7)
    record.put(UInt32(4_026_531_840), at: 16)
    record.put(UInt16(5), at: 20)
    record.put([5, 4, 3, 2, 1], at: 24)
    guard case .answer(let answer) = try RecordDecoder.decode(record.bytes.span) else {
      Issue.record("no answer")
      return
    }
    #expect(answer.networkNamespace == 4_026_531_840 && answer.payload == [5, 4, 3, 2, 1])
    record.put(UInt16(513), at: 20)
    let bytes = record.bytes
    #expect(throws: DecodingError.truncated(offset: 24, available: 536)) {
      try RecordDecoder.decode(bytes.span)
    }
  }

  @Test("A reset tells both ends of the packet that belonged to no flow")
  func reset() throws {
    // As the struct lies in memory: header 16, namespace 4, 4 unused, two endpoints of 24.
    var record = HandmadeRecord(kind: 14, size: 72)
    record.put(UInt32(4_026_531_840), at: 16)
    record.putEndpoint([192, 0, 2, 10], 22, family: 4, at: 24)
    record.putEndpoint([203, 0, 113, 9], 40_000, family: 4, at: 48)
    let bytes = record.bytes
    guard case .event(.reset(let reset)) = try RecordDecoder.decode(bytes.span) else {
      Issue.record("no reset")
      return
    }
    #expect(reset.networkNamespace == 4_026_531_840)
    #expect("\(reset.local) \(reset.remote)" == "192.0.2.10:22 203.0.113.9:40000")
  }

  @Test("Knobs and counters have the header's layout")
  func layouts() throws {
    let knobs = KernelPacketKnobs(
      sentBytes: 0x0102, receivedBytes: 3, answersPerSecond: 4, resetsPerSecond: 5
    ).bytes
    #expect(knobs == [2, 1, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0])
    var bytes = [UInt8](repeating: 0, count: PacketCounters.sizeBytes)
    for place in 0..<6 { bytes[place * 8] = UInt8(place + 1) }
    let one = try unsafe PacketCounters(bytes.span.bytes)
    var sum = one
    sum.add(one)
    #expect(
      [
        sum.udpBytes, sum.quicBytes, sum.sctpBytes, sum.otherBytes, sum.answersCapped,
        sum.resetsCapped,
      ] == [2, 4, 6, 8, 10, 12])
  }
}
