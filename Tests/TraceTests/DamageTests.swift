// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

/// xorshift64: a failing run can be repeated by its seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite("Damaged traces")
struct DamageTests {
  @Test("Cut at every byte: a warning or an error with its place", arguments: TraceFormat.written)
  func truncation(format: TraceFormat) throws {
    let whole = try convert(trace(everyLine), to: format)
    for count in 0..<whole.count - 1 {
      let reading = Reading(Array(whole[..<count]))
      if let error = reading.error {
        #expect(error.location != nil, "cut at \(count)")
        #expect(error.code == .malformed, "cut at \(count)")
      } else {
        // In a zstd stream the footer may be there and only the checksum behind it be cut.
        #expect(!reading.warnings.isEmpty, "cut at \(count)")
      }
      #expect(reading.events.count <= everyLine.count)
    }
  }

  @Test("A native trace cut inside its last block gives the blocks before, and a warning")
  func lastBlockCut() throws {
    let header = try #require(Reading(lines: []).header)
    var writer = try TraceWriter(toMemory: .native, header: header)
    for time in 1...3 {
      try writer.write(.tick(KernelInstant(nanoseconds: UInt64(time))))
      try writer.flush()
    }
    let whole = try writer.finishedBytes()
    for cut in [1, 10, 25, 40] {
      let reading = Reading(Array(whole.dropLast(cut)))
      #expect(reading.error == nil)
      #expect(reading.events.map(\.time.nanoseconds) == [1, 2, 3])
      #expect(reading.warnings.contains(.footerMissing))
      #expect(
        reading.warnings.contains { warning in
          if case .cutOff = warning { true } else { false }
        })
    }
  }

  @Test(
    "Random damage never crashes, and never changes a native trace unnoticed",
    arguments: TraceFormat.written)
  func mutation(format: TraceFormat) throws {
    let whole = try convert(trace(everyLine), to: format)
    let sound = Reading(whole)
    var random = SeededGenerator(state: 0x2545_f491_4f6c_dd1d)
    for round in 0..<1500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
      }
      let strict = Reading(bytes)
      let lenient = Reading(bytes, lenient: true)
      if let error = lenient.error, error.location == nil {
        Issue.record("round \(round): no place in \(error)")
      }
      // zstd ignores a bit here and there; what comes out is checked.
      if format == .native, strict.error == nil, strict.warnings.isEmpty,
        String(describing: strict.header) != String(describing: sound.header)
          || strict.events.map(\.time) != sound.events.map(\.time)
      {
        Issue.record("round \(round): damage was not noticed")
      }
    }
  }

  @Test("Lenient reading passes over the malformed line and counts it")
  func lenientLines() {
    let lines = [
      #"{"t":1,"e":"tick"}"#, #"{"t":2,"e":"ti"#, #"{"t":3,"e":"tick"}"#, "\u{0}",
      #"{"t":4,"e":"tick"}"#,
    ]
    let strict = Reading(lines: lines)
    #expect(strict.error?.location == .line(3, byte: 15))
    let lenient = Reading(lines: lines, lenient: true)
    #expect(lenient.error == nil)
    #expect(lenient.events.map(\.time.nanoseconds) == [1, 3, 4])
    #expect(lenient.counts.skippedLines == 2)
    #expect(
      lenient.warnings == [
        .skipped(
          lines: 2, blocks: 0, first: "t: line 3, byte 15: the line ends inside a value")
      ])
  }

  @Test("Lenient reading passes over a damaged block and goes on behind it")
  func lenientBlocks() throws {
    let header = try #require(Reading(lines: []).header)
    var writer = try TraceWriter(toMemory: .native, header: header)
    try writer.write(.tick(KernelInstant(nanoseconds: 1)))
    try writer.flush()
    let start = Int(writer.writtenBytes)
    try writer.write(.tick(KernelInstant(nanoseconds: 2)))
    try writer.write(.tick(KernelInstant(nanoseconds: 3)))
    try writer.flush()
    let end = Int(writer.writtenBytes)
    try writer.write(.tick(KernelInstant(nanoseconds: 4)))
    let whole = try writer.finishedBytes()

    // In the frame, in its checksum, and in the block's own header.
    for place in [start + 30, end - 1, start + 9, start] {
      var bytes = whole
      bytes[place] ^= 0x40
      let strict = Reading(bytes)
      #expect(strict.error?.code == .malformed)
      #expect(strict.error?.location == .offset(UInt64(start)))
      #expect(strict.events.count == 1)
      let lenient = Reading(bytes, lenient: true)
      #expect(lenient.error == nil)
      #expect(lenient.events.map(\.time.nanoseconds) == [1, 4])
      #expect(lenient.counts.skippedBlocks == 1)
      #expect(lenient.footer == TraceFooter(events: 4, lost: 0))
    }
  }

  @Test("A footer that does not fit is a warning")
  func footer() {
    let text = [headerLine, #"{"t":1,"e":"lost","records":3,"stage":"ring"}"#, ""]
    let wrong = Array((text + [#"{"e":"end","events":2,"lost":4}"#]).joined(separator: "\n").utf8)
    let reading = Reading(wrong)
    #expect(reading.error == nil)
    #expect(
      reading.warnings == [.footerEvents(stated: 2, read: 1), .footerLost(stated: 4, read: 3)])
    let missing = Reading(Array(text.joined(separator: "\n").utf8))
    #expect(missing.error == nil)
    #expect(missing.events.count == 1)
    #expect(missing.warnings == [.footerMissing])
  }

  @Test("Lines behind the footer are used, with a warning")
  func behindFooter() {
    let reading = Reading(trace([]) + Array(#"{"t":1,"e":"tick"}"#.utf8))
    #expect(reading.error == nil)
    #expect(reading.events.count == 1)
    #expect(reading.warnings.contains(.linesAfterFooter))
  }

  @Test("Without a header strict reading stops and lenient reading says so")
  func header() {
    let text = Array((#"{"t":1,"e":"tick"}"# + "\n" + #"{"e":"end","events":1,"lost":0}"#).utf8)
    #expect(Reading(text).error?.location == .line(1, byte: 1))
    let lenient = Reading(text, lenient: true)
    #expect(lenient.error == nil)
    #expect(lenient.events.count == 1)
    #expect(lenient.warnings == [.headerMissing])
    #expect(Reading(trace([headerLine])).error?.location == .line(2, byte: 1))
  }

  @Test(
    "What is no trace is refused at its beginning",
    arguments: ["", " ", "\n\n", "hello", "; a comment", "\u{feff}{}", "[1]"])
  func noTrace(text: String) {
    for lenient in [false, true] {
      let error = Reading(Array(text.utf8), lenient: lenient).error
      #expect(error?.code == .malformed)
      #expect(error?.location == .offset(0))
    }
  }

  @Test("Another version is refused, also by lenient reading")
  func versions() throws {
    let text = headerLine.replacing("\"halfwire_trace\":1", with: "\"halfwire_trace\":2")
    var native = try convert(trace([]), to: .native)
    native[8] = 2
    for lenient in [false, true] {
      #expect(Reading(Array(text.utf8), lenient: lenient).error?.code == .unsupported)
      #expect(Reading(native, lenient: lenient).error?.code == .unsupported)
    }
  }

  @Test("A step back in time of more than 3 s is counted as late and used")
  func late() {
    let lines = [10_000_000_000, 7_000_000_000, 6_999_999_999, 10_000_000_000].map {
      #"{"t":\#($0),"e":"tick"}"#
    }
    let reading = Reading(lines: lines)
    #expect(reading.events.count == 4)
    #expect(reading.counts.lateEvents == 1)
    #expect(reading.counts.lastTime == KernelInstant(nanoseconds: 10_000_000_000))
  }
}
