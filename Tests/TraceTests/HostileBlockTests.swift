// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

@Suite("Hostile native traces")
struct HostileBlockTests {
  private let fileHeader: [UInt8] = [
    0x89, 0x48, 0x57, 0x54, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 1, 0, 0, 0, 0, 0,
  ]

  /// A block header by hand, its check by FNV-1a as published (offset basis and prime for 32 bits).
  private func blockHeader(stored: UInt32, raw: UInt32, records: UInt32, flags: UInt32 = 0)
    -> [UInt8]
  {
    var bytes: [UInt8] = [0x48, 0x57, 0x42, 0x4b]
    for number in [flags, stored, raw, records] {
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    var hash: UInt32 = 2_166_136_261
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: hash >> shift)) }
    return bytes
  }

  /// A zstd frame of one raw block, by RFC 8878: no checksum unless the descriptor says so.
  private func rawFrame(_ content: [UInt8], descriptor: UInt8 = 0x60) -> [UInt8] {
    let size = content.count - 256
    let block = content.count << 3 | 1
    return [0x28, 0xb5, 0x2f, 0xfd, descriptor, UInt8(size & 255), UInt8(size >> 8)]
      + [UInt8(block & 255), UInt8(block >> 8 & 255), UInt8(block >> 16)] + content
  }

  @Test(
    "Lengths beyond the format are refused before anything is allocated",
    arguments: [
      (UInt32.max, 100, 1), (100, UInt32.max, 1), (100, 262_145, 1), (100, 100, UInt32.max),
      (0, 100, 1), (100, 0, 0), (100, 160, 11), (1 << 20, 100, 1),
    ] as [(UInt32, UInt32, UInt32)])
  func lengths(stored: UInt32, raw: UInt32, records: UInt32) {
    let bytes = fileHeader + blockHeader(stored: stored, raw: raw, records: records)
    let error = Reading(bytes + [UInt8](repeating: 0, count: 200)).error
    #expect(error?.code == .malformed)
    #expect(error?.location == .offset(16))
  }

  @Test("Unknown flags are refused")
  func flags() {
    let bytes = fileHeader + blockHeader(stored: 50, raw: 50, records: 1, flags: 1)
    #expect(Reading(bytes + [UInt8](repeating: 0, count: 100)).error?.location == .offset(16))
  }

  @Test("A frame without a checksum, or of another size, is refused")
  func frames() {
    let content = [UInt8](repeating: 0, count: 512)
    let frame = rawFrame(content)
    for (raw, stored) in [(512, frame.count), (256, frame.count), (512, frame.count - 1)] {
      let header = blockHeader(stored: UInt32(stored), raw: UInt32(raw), records: 1)
      #expect(Reading(fileHeader + header + frame).error?.location == .offset(16))
    }
    let claimed = rawFrame(content, descriptor: 0x64) + [0, 0, 0, 0]
    let header = blockHeader(stored: UInt32(claimed.count), raw: 512, records: 1)
    let error = Reading(fileHeader + header + claimed).error
    #expect(error?.location == .offset(16))
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test("Records that lie about their length, kind or number end the block")
  func records() throws {
    let header = try #require(Reading(lines: []).header)
    var writer = try TraceWriter(toMemory: .native, header: header)
    try writer.write(.tick(KernelInstant(nanoseconds: 1)))
    let whole = try writer.finishedBytes()
    #expect(Reading(whole).error == nil)

    // The block says one record more than it holds.
    var lying = whole
    lying[16 + 16] += 1
    let stored = UInt32(lying[24]) | UInt32(lying[25]) << 8
    let raw = UInt32(lying[28]) | UInt32(lying[29]) << 8
    lying.replaceSubrange(
      16..<40, with: blockHeader(stored: stored, raw: raw, records: UInt32(lying[32])))
    let strict = Reading(lying)
    #expect(strict.error?.location == .offset(16))
    #expect(Reading(lying, lenient: true).error == nil)
  }

  @Test("Random bytes behind a good beginning never crash")
  func noise() {
    var random = SeededGenerator(state: 7)
    for _ in 0..<3000 {
      let count = Int.random(in: 0...300, using: &random)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let header = blockHeader(
        stored: UInt32(max(count, 1)), raw: UInt32.random(in: 0...4096, using: &random),
        records: UInt32.random(in: 0...9, using: &random))
      for bytes in [noise, fileHeader + noise, fileHeader + header + noise] {
        _ = Reading(bytes)
        _ = Reading(bytes, lenient: true)
      }
    }
  }
}
