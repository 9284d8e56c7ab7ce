// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

@Suite("Trace files")
struct TraceFileTests {
  private func header() throws -> StreamHeader {
    try #require(Reading(lines: []).header)
  }

  private func ticks(_ path: String) throws -> [UInt64] {
    var reader = try TraceReader(path: path)
    var times: [UInt64] = []
    while let event = try reader.next() { times.append(event.time.nanoseconds) }
    return times
  }

  @Test("A new trace is readable by its owner only", arguments: TraceFormat.written)
  func mode(format: TraceFormat) throws {
    let path = TestFiles.temporaryPath()
    defer { TestFiles.remove(path) }
    var writer = try TraceWriter(path: path, format: format, header: header())
    try writer.write(.tick(KernelInstant(nanoseconds: 1)))
    try writer.finish()
    #expect(TestFiles.mode(path) == 0o600)
    #expect(try ticks(path) == [1])
  }

  @Test("A file that exists is replaced when the new trace is complete, not before")
  func replacement() throws {
    let path = TestFiles.temporaryPath()
    defer { TestFiles.remove(path) }
    TestFiles.write(trace([#"{"t":1,"e":"tick"}"#]), to: path)
    var writer = try TraceWriter(path: path, format: .native, header: header())
    try writer.write(.tick(KernelInstant(nanoseconds: 2)))
    try writer.flush()
    #expect(try ticks(path) == [1])
    #expect(try ticks(path + ".partial") == [2])
    #expect(throws: TraceError.self) {
      _ = try TraceWriter(path: path, format: .native, header: header())
    }
    try writer.finish()
    #expect(try ticks(path) == [2])
    #expect(TestFiles.mode(path) == 0o600)
    #expect(TestFiles.mode(path + ".partial") == nil)
  }

  @Test("Giving up leaves the older trace and nothing else")
  func discard() throws {
    let path = TestFiles.temporaryPath()
    defer { TestFiles.remove(path) }
    TestFiles.write(trace([#"{"t":1,"e":"tick"}"#]), to: path)
    var writer = try TraceWriter(path: path, format: .jsonLines, header: header())
    writer.discard()
    #expect(try ticks(path) == [1])
    #expect(TestFiles.mode(path + ".partial") == nil)
  }

  @Test("Links, pipes and directories are not replaced")
  func refused() throws {
    let target = TestFiles.temporaryPath()
    let link = TestFiles.temporaryPath()
    let pipe = TestFiles.temporaryPath()
    defer { [target, link, pipe].forEach(TestFiles.remove) }
    TestFiles.write([1], to: target)
    TestFiles.link(link, to: target)
    TestFiles.pipe(pipe)
    let header = try header()
    for path in [link, pipe, "/tmp"] {
      do throws(TraceError) {
        _ = try TraceWriter(path: path, format: .native, header: header)
        Issue.record("\(path) was taken")
      } catch {
        #expect(error.code == .refused)
      }
    }
  }

  @Test("A file that is not there and one that is no file are told apart")
  func missing() {
    do throws(TraceError) {
      _ = try TraceReader(path: "/nonexistent/trace")
    } catch {
      #expect(error.code == .notFound)
    }
    do throws(TraceError) {
      _ = try TraceReader(path: "/tmp")
    } catch {
      guard case .inputOutput = error.code else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("The maximum size is kept, footer included", arguments: TraceFormat.written)
  func maximum(format: TraceFormat) throws {
    var options = TraceWriter.Options()
    options.maximumBytes = 200_000
    var random = SeededGenerator(state: 5)
    var writer = try TraceWriter(toMemory: format, header: header(), options: options)
    while !writer.isFull {
      try writer.write(
        .burst(
          BurstEvent(
            socket: SocketKey(cookie: random.next(), generation: 0), image: .unattributed,
            first: .zero, last: KernelInstant(nanoseconds: random.next() >> 1),
            sentBytes: random.next(), receivedBytes: random.next(), sends: 1, receives: 1)))
    }
    let written = writer.events
    let bytes = try writer.finishedBytes()
    #expect(bytes.count <= 200_000)
    #expect(bytes.count > 150_000)
    let reading = Reading(bytes)
    #expect(reading.footer?.events == written)
  }

  // Dates from the calendar: 2000 and 2024 are leap years, 2100 is none.
  @Test(
    "Wall clock times are RFC 3339 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
      (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
      (1_763_700_060_061_000_000, "2025-11-21T04:41:00.061Z"),
      (Int64.max, "2262-04-11T23:47:16.854Z"), (Int64.min, "1677-09-21T00:12:43.145Z"),
    ] as [(Int64, String)])
  func wallClock(nanoseconds: Int64, text: String) {
    #expect(WallClockText.rfc3339(unixNanoseconds: nanoseconds) == text)
  }
}
