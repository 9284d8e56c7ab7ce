// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

@Suite("Round trips")
struct RoundTripTests {
  @Test("Every kind and key comes back byte for byte", arguments: TraceFormat.written)
  func everyKind(format: TraceFormat) throws {
    let text = trace(everyLine)
    let stored = try convert(text, to: format)
    let again = try convert(stored, to: .jsonLines)
    let expected = String(decoding: text, as: UTF8.self).split(separator: "\n")
    let found = String(decoding: again, as: UTF8.self).split(separator: "\n")
    for (before, after) in zip(expected, found) { #expect(after == before) }
    #expect(again == text)
  }

  @Test("Every kind of the format is among the lines of these tests")
  func kinds() {
    let reading = Reading(lines: everyLine)
    #expect(reading.error == nil)
    #expect(Set(reading.events.map(\.kind)) == Set(EventKind.allCases))
  }

  @Test("forEach hands out what next does, in the same order", arguments: TraceFormat.written)
  func everyEvent(format: TraceFormat) throws {
    let bursts = (0..<3000).map { index in
      #"{"e":"burst","sk":"1.0","pid":2,"start":3,"exec_id":4,"first":1,"last":2,"#
        + #""sent":\#(index),"received":0,"sends":1,"receives":0}"#
    }
    let text = trace(bursts + everyLine + bursts)
    var source = try TraceReader(bytes: convert(text, to: format), name: "source")
    var target = try TraceWriter(toMemory: .jsonLines, header: source.header)
    var events: [Event] = []
    try source.forEach(burst: { events.append(.burst($0)) }, other: { events.append($0) })
    for event in events { try target.write(event) }
    #expect(try target.finishedBytes() == text)
    #expect(source.counts.events == UInt64(2 * bursts.count + everyLine.count))
    #expect(source.footer?.events == source.counts.events)
    #expect(source.warnings == [])
  }

  @Test("The header keeps its optional keys")
  func header() throws {
    let line =
      #"{"halfwire_trace":1,"host":{"b64":"/w=="},"boot_id":"","kernel":"k","backend":"zeek","#
      + #""wall_epoch_ns":-9223372036854775808,"sensor":"","config_hash":"","#
      + #""timezone":"Europe/Berlin","role":"web","redacted":true}"#
    let text = Array((line + "\n" + #"{"e":"end","events":0,"lost":0}"# + "\n").utf8)
    #expect(try convert(convert(text, to: .native), to: .jsonLines) == text)
  }

  @Test("The sum of lost records is the footer's")
  func lost() throws {
    let lines = [
      #"{"t":1,"e":"lost","records":40,"stage":"ring"}"#,
      #"{"t":2,"e":"lost","records":2,"stage":"decode"}"#,
    ]
    let text = trace(lines, lost: 42)
    #expect(try convert(convert(text, to: .native), to: .jsonLines) == text)
    #expect(Reading(text).warnings == [])
  }

  @Test("A line longer than a record survives the native form")
  func longLine() throws {
    let argument = String(repeating: "x", count: 100_000)
    let line =
      #"{"t":1,"e":"process","pid":2,"start":3,"exec_id":4,"ppid":null,"pstart":null,"#
      + #""uid":null,"comm":null,"exe":null,"argv":["\#(argument)","\#(argument)"]}"#
    let text = trace([line, #"{"t":2,"e":"tick"}"#, line])
    #expect(try convert(convert(text, to: .native), to: .jsonLines) == text)
  }

  @Test("Many blocks keep their order", arguments: TraceFormat.written)
  func manyBlocks(format: TraceFormat) throws {
    let lines = (0..<12_000).map { index in
      #"{"e":"burst","sk":"\#(index).0","pid":1,"start":2,"exec_id":3,"first":\#(index),"#
        + #""last":\#(index),"sent":1,"received":2,"sends":3,"receives":4}"#
    }
    let text = trace(lines)
    #expect(try convert(convert(text, to: format), to: .jsonLines) == text)
  }

  @Test("What is flushed can be read without the rest", arguments: TraceFormat.written)
  func flushed(format: TraceFormat) throws {
    let path = "/tmp/halfwire-test-\(format.rawValue)-\(UInt64.random(in: 0 ... .max))"
    defer { TestFiles.remove(path) }
    let header = Reading(lines: []).header
    var writer = try TraceWriter(path: path, format: format, header: try #require(header))
    try writer.write(.tick(KernelInstant(nanoseconds: 1)))
    try writer.flush()
    try writer.write(.tick(KernelInstant(nanoseconds: 2)))
    var reader = try TraceReader(path: path)
    let first = try reader.next()
    #expect(first?.time == KernelInstant(nanoseconds: 1))
    let rest = try reader.next()?.kind
    #expect(rest == nil)
    let warnings = reader.warnings
    #expect(warnings.contains(.footerMissing))
    writer.discard()
  }
}
