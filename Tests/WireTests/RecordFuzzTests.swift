// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

/// A small generator (xorshift64) so that a failing run can be repeated by its seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite("Damaged records")
struct RecordFuzzTests {
  private let sizes: [(kind: UInt16, size: Int)] = [
    (1, 184), (2, 64), (3, 40), (4, 112), (5, 112), (6, 112), (7, 112), (8, 104), (9, 112),
    (10, 72), (32, 16), (33, 32), (34, 60), (35, 60),
  ]

  @Test("Every kind cut at every byte is an error")
  func truncation() {
    for (kind, size) in sizes where kind < 34 {
      for count in 0..<size {
        let bytes = Array(HandmadeRecord(kind: kind, size: size).bytes[..<count])
        #expect(throws: DecodingError.self) { try RecordDecoder.decode(bytes.span) }
      }
    }
  }

  @Test("No change of bytes crashes the decoder, and what it decodes encodes again")
  func mutation() {
    var random = SeededGenerator(state: 0x9e37_79b9_7f4a_7c15)
    var decoded = 0
    for round in 0..<40_000 {
      let (kind, size) = sizes[round % sizes.count]
      var bytes = HandmadeRecord(kind: kind, size: size).bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 8..<max(size, 9), using: &random)] = UInt8.random(
          in: 0...(Bool.random(using: &random) ? 2 : 255), using: &random)
      }
      guard let record = try? RecordDecoder.decode(bytes.span) else { continue }
      decoded += 1
      guard case .event(let event) = record else { continue }
      var encoded: [UInt8] = []
      guard RecordEncoder.append(event, to: &encoded) else {
        Issue.record("round \(round): \(event.kind) was decoded but not encoded")
        continue
      }
      guard case .event(let again)? = try? RecordDecoder.decode(encoded.span) else {
        Issue.record("round \(round): \(event.kind) was encoded but not decoded")
        continue
      }
      if String(describing: again) != String(describing: event) {
        Issue.record("round \(round): \(again) is not \(event)")
      }
    }
    #expect(decoded > 10_000)
  }

  @Test("Random bytes never crash the decoder")
  func noise() {
    var random = SeededGenerator(state: 42)
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...256, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? RecordDecoder.decode(bytes.span)
      _ = try? RecordDecoder.length(ofFirstIn: bytes.span)
      _ = RecordDecoder.burst(beginning: bytes.span)
    }
  }
}
