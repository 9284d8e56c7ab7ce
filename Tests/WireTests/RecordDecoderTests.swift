// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@Suite("Records of fixed layout")
struct RecordDecoderTests {
  private let image = ImageKey(pid: 4121, start: KernelInstant(nanoseconds: 900), execID: 7)
  private let socket = SocketKey(cookie: 0x1122_3344_5566_7788, generation: 3)

  private func decode(_ bytes: [UInt8]) throws(DecodingError) -> Record {
    try RecordDecoder.decode(bytes.span)
  }

  private func event(_ record: HandmadeRecord) throws -> Event {
    guard case .event(let event) = try decode(record.bytes) else {
      throw DecodingError.unknownKind(0)
    }
    return event
  }

  /// A socket record from 192.0.2.10:51000 to [2001:db8::9]:443.
  private func socketRecord(kind: UInt16) -> HandmadeRecord {
    var record = HandmadeRecord(kind: kind, size: 112, time: 5_000_000_001)
    record.putSocket(0x1122_3344_5566_7788, 3, 4_026_531_833)
    record.putImage(4121, 900, 7, at: 32)
    record.putEndpoint([192, 0, 2, 10], 51000, family: 4, at: 56)
    record.putEndpoint(
      [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [9], 443, family: 6, at: 80)
    return record
  }

  private let local = Endpoint(address: IPAddress(ipv4: 0xc000_020a), port: 51000)
  private let remote = Endpoint(
    address: IPAddress(high: 0x2001_0db8_0000_0000, low: 9), port: 443)
  private let time = KernelInstant(nanoseconds: 5_000_000_001)

  @Test("connect says who opened what to where")
  func connect() throws {
    guard case .connect(let event) = try event(socketRecord(kind: 4)) else {
      Issue.record("not a connect")
      return
    }
    #expect(
      event
        == ConnectEvent(
          time: time, socket: socket, image: image, networkNamespace: 4_026_531_833,
          local: local, remote: remote))
  }

  @Test("connected needs its local endpoint only")
  func connected() throws {
    var record = socketRecord(kind: 5)
    record.bytes[80 + 22] = 99
    guard case .connected(let event) = try event(record) else {
      Issue.record("not connected")
      return
    }
    #expect(event == ConnectedEvent(time: time, socket: socket, local: local))
  }

  @Test(
    "accept tells an inferred actor from none",
    arguments: [(0, 0), (4121, 1)] as [(UInt32, UInt8)])
  func accept(pid: UInt32, inferred: UInt8) throws {
    var record = socketRecord(kind: 6)
    record.put(pid, at: 48)
    record.bytes[107] = inferred
    guard case .accept(let event) = try event(record) else {
      Issue.record("not an accept")
      return
    }
    #expect(event.image == (pid == 0 ? nil : image))
    #expect(event.inferred == (inferred == 1 ? true : nil))
    #expect(event.remote == remote)
    #expect(event.networkNamespace == 4_026_531_833)
  }

  @Test(
    "adopt knows yes, no and unknown",
    arguments: [(0, false), (1, true), (2, nil)] as [(UInt8, Bool?)])
  func adopt(code: UInt8, expected: Bool?) throws {
    var record = socketRecord(kind: 7)
    record.bytes[104] = code
    guard case .adopt(let event) = try event(record) else {
      Issue.record("not an adopt")
      return
    }
    #expect(event.outbound == expected)
    #expect(event.image == image)
    #expect(event.local == local)
  }

  @Test(
    "closed names its reason",
    arguments: [
      (0, CloseReason.unknown), (1, .fin), (2, .reset), (3, .abort), (4, .refused),
      (5, .unreachable), (6, .timeout),
    ] as [(UInt8, CloseReason)])
  func closed(code: UInt8, reason: CloseReason) throws {
    var record = socketRecord(kind: 9)
    record.bytes[105] = 1
    record.bytes[106] = code
    guard case .closed(let event) = try event(record) else {
      Issue.record("not a closed")
      return
    }
    #expect(
      event
        == ClosedEvent(
          time: time, socket: socket, local: local, remote: remote, isEstablished: true,
          reason: reason))
  }

  @Test("burst carries its counts, and its time is the last operation")
  func burst() throws {
    var record = HandmadeRecord(kind: 8, size: 104, time: 60_040_000_000)
    record.putSocket(71, 0, 0)
    record.putImage(4121, 900, 7, at: 32)
    record.put(UInt64(60_021_000_000), at: 56)
    record.put(UInt64(517), at: 64)
    record.put(UInt64.max, at: 72)
    record.put(UInt64(1), at: 80)
    record.put(UInt64(2), at: 88)
    record.bytes[96] = 1
    let expected = BurstEvent(
      socket: SocketKey(cookie: 71, generation: 0), image: image,
      first: KernelInstant(nanoseconds: 60_021_000_000),
      last: KernelInstant(nanoseconds: 60_040_000_000), sentBytes: 517, receivedBytes: .max,
      sends: 1, receives: 2, isKernelThread: true)
    guard case .burst(let event) = try event(record) else {
      Issue.record("not a burst")
      return
    }
    #expect(event == expected)
    let direct = RecordDecoder.burst(beginning: record.bytes.span)
    #expect(direct == expected)
  }

  @Test("final carries the totals and the marks")
  func final() throws {
    var record = HandmadeRecord(kind: 10, size: 72, time: 9)
    record.putSocket(71, 1, 0)
    for (index, number) in [UInt64(11), 12, 13, 14].enumerated() {
      record.put(number, at: 32 + 8 * index)
    }
    record.put(UInt32(0b11111), at: 64)
    guard case .final(let event) = try event(record) else {
      Issue.record("not a final")
      return
    }
    #expect(
      event
        == FinalEvent(
          time: KernelInstant(nanoseconds: 9), socket: SocketKey(cookie: 71, generation: 1),
          writtenBytes: 11, readBytes: 12, unsentBytes: 13, unreadBytes: 14,
          marks: [.kernelTLS, .multipath, .sockmap, .outOfBand, .repair]))
  }

  @Test("fork, exit, tick and lost")
  func small() throws {
    var fork = HandmadeRecord(kind: 2, size: 64, time: 3)
    fork.putImage(20, 200, 1, at: 16)
    fork.putImage(10, 100, 1, at: 40)
    guard case .fork(let forked) = try event(fork) else {
      Issue.record("not a fork")
      return
    }
    #expect(forked.child == ProcessKey(pid: 20, start: KernelInstant(nanoseconds: 200)))
    #expect(forked.parent == ProcessKey(pid: 10, start: KernelInstant(nanoseconds: 100)))

    var exit = HandmadeRecord(kind: 3, size: 40, time: 4)
    exit.putImage(20, 200, 1, at: 16)
    guard case .exit(let ended) = try event(exit) else {
      Issue.record("not an exit")
      return
    }
    #expect(ended.process == forked.child)

    guard case .tick(let time) = try event(HandmadeRecord(kind: 32, size: 16, time: 77)) else {
      Issue.record("not a tick")
      return
    }
    #expect(time == KernelInstant(nanoseconds: 77))

    for (code, stage) in [(0, LossStage.ring), (1, .decode), (2, .evicted), (3, .export)] {
      var lost = HandmadeRecord(kind: 33, size: 32, time: 5)
      lost.put(UInt64(12), at: 16)
      lost.bytes[24] = UInt8(code)
      guard case .lost(let event) = try event(lost) else {
        Issue.record("not a loss")
        return
      }
      #expect(event.records == 12)
      #expect(event.stage == stage)
    }
  }

  @Test("An IPv4-mapped address is IPv4, a link-local one keeps its interface")
  func addresses() throws {
    var record = socketRecord(kind: 4)
    record.putEndpoint(
      [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 203, 0, 113, 9], 1, family: 6, scope: 5,
      at: 56)
    record.putEndpoint(
      [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1], 2, family: 6, scope: 3, at: 80)
    guard case .connect(let event) = try event(record) else {
      Issue.record("not a connect")
      return
    }
    #expect(event.local.description == "203.0.113.9:1")
    #expect(event.remote.description == "[fe80::1%3]:2")
  }

  @Test(
    "A value outside its set is an error with its offset",
    arguments: [(4, 78, 5), (9, 105, 2), (9, 106, 7), (6, 107, 2), (7, 104, 3), (9, 102, 1)]
      as [(UInt16, Int, UInt8)])
  func invalidFields(kind: UInt16, offset: Int, value: UInt8) {
    var record = socketRecord(kind: kind)
    record.bytes[offset] = value
    #expect(throws: DecodingError.invalidField(offset: offset)) { try decode(record.bytes) }
  }

  @Test("Unknown kinds and versions, and wrong lengths, are errors")
  func headers() {
    #expect(throws: DecodingError.unknownKind(15)) {
      try decode(HandmadeRecord(kind: 15, size: 16).bytes)
    }
    #expect(throws: DecodingError.unsupportedVersion(2)) {
      try decode(HandmadeRecord(kind: 8, size: 104, version: 2).bytes)
    }
    #expect(throws: DecodingError.lengthMismatch(stated: 105, available: 104)) {
      try decode(HandmadeRecord(kind: 8, size: 104, length: 105).bytes)
    }
    #expect(throws: DecodingError.lengthMismatch(stated: 104, available: 105)) {
      try decode(HandmadeRecord(kind: 8, size: 105).bytes)
    }
    #expect(throws: DecodingError.truncated(offset: 103, available: 103)) {
      try decode(HandmadeRecord(kind: 8, size: 103).bytes)
    }
    #expect(throws: DecodingError.truncated(offset: 0, available: 15)) {
      try decode([UInt8](repeating: 0, count: 15))
    }
  }

  @Test("Counters are read by name and summed")
  func counters() throws {
    var bytes = HandmadeRecord(kind: 0, size: 312)
    for index in 0..<39 { bytes.put(UInt64(1000 + index), at: 8 * index) }
    let span = bytes.bytes.span
    var counters = try KernelCounters(span)
    #expect(counters.attempted[8] == 1008)
    #expect(counters.lost[8] == 1024)
    #expect(counters.burstsOpened == 1032)
    #expect(counters.burstsLeftOpen == 1033)
    #expect(counters.storageFailed == 1034)
    #expect(counters.excludedOperations == 1035)
    #expect(counters.adoptedInUse == 1036)
    #expect(counters.adoptionsWaiting == 1037)
    #expect(counters.burstsWaiting == 1038)
    counters.add(counters)
    #expect(counters.excludedOperations == 2070)
    #expect(throws: DecodingError.lengthMismatch(stated: 312, available: 8)) {
      try KernelCounters([UInt8](repeating: 0, count: 8).span)
    }
  }
}
