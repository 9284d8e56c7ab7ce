// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@testable import Trace

@Suite("Zeek's conn.log")
struct ZeekTests {
  private struct Reading {
    var events: [Event] = []
    var header: StreamHeader
    var format: TraceFormat
    var counts: TraceCounts
    var warnings: [TraceWarning]
  }

  private func read(_ text: String, lenient: Bool = false) throws(TraceError) -> Reading {
    var reader = try TraceReader(bytes: Array(text.utf8), name: "conn.log", lenient: lenient)
    var events: [Event] = []
    while let event = try reader.next() { events.append(event) }
    return Reading(
      events: events, header: reader.header, format: reader.format, counts: reader.counts,
      warnings: reader.warnings)
  }

  private func refusal(_ text: String) -> TraceError? {
    do throws(TraceError) {
      _ = try read(text)
      return nil
    } catch {
      return error
    }
  }

  private static let heads = """
    #separator \\x09
    #set_separator\t,
    #empty_field\t(empty)
    #unset_field\t-
    #path\tconn
    #open\t2025-11-21-04-40-00
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\ttunnel_parents
    #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tset[string]

    """

  private func row(
    _ time: String = "1763700000.123456", uid: String = "C1", to remote: String = "203.0.113.9",
    proto: String = "tcp", duration: String = "0.250000", sent: String = "517",
    received: String = "4096", state: String = "SF"
  ) -> String {
    [
      time, uid, "192.0.2.10", "51000", remote, "443", proto, "-", duration, sent, received, state,
      "(empty)",
    ].joined(separator: "\t") + "\n"
  }

  /// Unix nanoseconds of an event.
  private func time(_ event: Event, _ header: StreamHeader) -> Int64 {
    header.wallEpochNanoseconds + Int64(event.time.nanoseconds)
  }

  @Test("A row is connect, connected, one burst, closed and final, with nobody acting")
  func visit() throws {
    let reading = try read(Self.heads + row())
    #expect(reading.format == .zeekTable)
    #expect(reading.header.backend == "zeek")
    #expect(reading.events.map(\.kind) == [.connect, .connected, .burst, .closed, .final])
    #expect(reading.warnings == [])
    let start: Int64 = 1_763_700_000_123_456_000
    let end: Int64 = start + 250_000_000
    #expect(
      reading.events.map { time($0, reading.header) } == [start, start, start, end, end])
    for event in reading.events { #expect(event.socket?.text == "C1") }
    guard case .connect(let connect) = reading.events[0],
      case .burst(let burst) = reading.events[2], case .closed(let closed) = reading.events[3],
      case .final(let final) = reading.events[4]
    else { return }
    #expect(connect.image == .unattributed && burst.image == .unattributed)
    #expect("\(connect.local)" == "192.0.2.10:51000" && "\(connect.remote)" == "203.0.113.9:443")
    #expect(burst.sentBytes == 517 && burst.receivedBytes == 4_096)
    #expect(closed.isEstablished && closed.reason == .fin)
    #expect(final.writtenBytes == 517 && final.readBytes == 4_096)
  }

  @Test("Columns are found by name, whatever their order and separator")
  func order() throws {
    let text = """
      #separator \\x2c
      #unset_field,?
      #path,conn
      #fields,proto,id.resp_p,conn_state,id.resp_h,local_orig,ts,id.orig_p,id.orig_h
      tcp,443,REJ,203.0.113.9,T,1763700000.5,51000,2001:db8::7

      """
    let reading = try read(text)
    #expect(reading.events.map(\.kind) == [.connect, .closed, .final])
    guard case .connect(let connect) = reading.events[0] else { return }
    #expect("\(connect.local)" == "[2001:db8::7]:51000")
  }

  @Test(
    "Only a handshake that was seen makes a connection",
    arguments: [
      ("S0", false, CloseReason.timeout), ("S1", true, .unknown), ("SF", true, .fin),
      ("REJ", false, .refused), ("S2", true, .unknown), ("S3", true, .unknown),
      ("RSTO", true, .abort), ("RSTR", true, .reset), ("RSTOS0", false, .abort),
      ("RSTRH", false, .reset), ("SH", false, .unknown), ("SHR", false, .unknown),
      ("OTH", true, .unknown),
    ])
  func states(state: String, isEstablished: Bool, reason: CloseReason) throws {
    let reading = try read(Self.heads + row(state: state))
    #expect(reading.events.contains { $0.kind == .connected } == isEstablished)
    #expect(reading.events.contains { $0.kind == .burst } == isEstablished)
    let closed = reading.events.compactMap { event in
      if case .closed(let closed) = event { closed } else { nil }
    }
    #expect(closed.map(\.isEstablished) == [isEstablished])
    #expect(closed.map(\.reason) == [reason])
  }

  @Test("What is unset is nothing: no bytes, no time, no burst")
  func unset() throws {
    let reading = try read(
      Self.heads + row(uid: "-", duration: "-", sent: "-", received: "-", state: "-"))
    #expect(reading.events.map(\.kind) == [.connect, .connected, .closed, .final])
    #expect(Set(reading.events.map(\.time)).count == 1)
    #expect(reading.events[0].socket?.text == "row-0")
  }

  @Test("Rows stand by their end; events come by their time")
  func sorted() throws {
    let text =
      Self.heads + row("1763700010.0", uid: "short", duration: "1.0")
      + row("1763700000.0", uid: "long", duration: "60.0")
    let reading = try read(text)
    let times = reading.events.map(\.time)
    #expect(times == times.sorted())
    #expect(
      reading.events.map { $0.socket?.text } == [
        "long", "long", "long", "short", "short", "short", "short", "short", "long", "long",
      ])
    #expect(reading.counts.lateEvents == 0 && reading.warnings == [])
  }

  @Test("A row that is later than the window can mend is used, counted and told")
  func late() throws {
    var text = Self.heads
    for index in 0..<70_000 { text += row("\(1_763_700_100 + index).0", uid: "C\(index)") }
    text += row("1763700000.0", uid: "late")
    let reading = try read(text)
    #expect(reading.counts[.connect] == 70_001)
    #expect(reading.counts.lateEvents > 0)
    #expect(reading.warnings == [.lateRows(rows: 1)])
  }

  @Test("Both forms of JSON give the events of the table")
  func json() throws {
    let fields =
      #""id.orig_h":"192.0.2.10","id.orig_p":51000,"id.resp_h":"203.0.113.9","#
      + #""id.resp_p":443,"proto":"tcp","duration":2.5e-01,"orig_bytes":517,"resp_bytes":4096"#
    let times = ["1763700000.123456", "\"2025-11-21T04:40:00.123456Z\""]
    let table = try read(Self.heads + row())
    for time in times {
      for path in ["", #""_path":"conn","_write_ts":"2025-11-21T04:40:01.0Z","#] {
        let reading = try read(
          #"{\#(path)"ts":\#(time),"uid":"C1",\#(fields),"conn_state":"SF","missed_bytes":0}"#)
        #expect(reading.format == .zeekObjects)
        #expect(reading.header == table.header)
        #expect(reading.events.map { "\($0)" } == table.events.map { "\($0)" })
      }
    }
  }

  @Test("Milliseconds are told from seconds by their size")
  func milliseconds() throws {
    let reading = try read(
      #"{"ts":1763700000123,"id.orig_h":"192.0.2.10","id.orig_p":1,"id.resp_h":"203.0.113.9","#
        + #""id.resp_p":2,"proto":"tcp"}"#)
    #expect(time(reading.events[0], reading.header) == 1_763_700_000_123_000_000)
  }

  @Test("Other protocols and other logs are passed over and counted")
  func others() throws {
    let text =
      #"{"_path":"dns","ts":1763700000.0,"id.orig_h":"192.0.2.10"}"# + "\n"
      + #"{"_path":"conn","ts":1763700000.0,"id.orig_h":"192.0.2.10","id.orig_p":1,"#
      + #""id.resp_h":"203.0.113.9","id.resp_p":53,"proto":"udp"}"# + "\n"
    let reading = try read(text)
    #expect(reading.events.isEmpty)
    #expect(
      reading.warnings == [
        .unknownKinds(lines: 1, names: ["dns"]), .otherTransports(rows: 1),
      ])
    #expect(try read(Self.heads + row(proto: "icmp")).warnings == [.otherTransports(rows: 1)])
  }

  @Test(
    "A malformed row is refused with its line and byte",
    arguments: [
      ("1763700000.0\tC1\n", 9, "2 columns where #fields has 13"),
      ("x\tC1\t192.0.2.10\t1\t203.0.113.9\t2\ttcp\t-\t-\t-\t-\t-\t-\n", 9, "ts is not a time"),
      (
        "1.0\tC1\t192.0.2.300\t1\t203.0.113.9\t2\ttcp\t-\t-\t-\t-\t-\t-\n", 9,
        "id.orig_h is not an address"
      ),
      (
        "1.0\tC1\t192.0.2.3\t65536\t203.0.113.9\t2\ttcp\t-\t-\t-\t-\t-\t-\n", 9,
        "id.orig_p is not a port"
      ),
      (
        "1.0\tC1\t192.0.2.3\t1\t203.0.113.9\t2\ttcp\t-\t-1\t-\t-\t-\t-\n", 9,
        "duration is not seconds"
      ),
      (
        "1.0\tC1\t192.0.2.3\t1\t203.0.113.9\t2\ttcp\t-\t-\t99999999999999999999\t-\t-\t-\n", 9,
        "orig_bytes is not a count"
      ),
      (
        "1.0\tC1\t192.0.2.3\t1\t203.0.113.9\t2\ttcp\t-\t-\t-\t-\tSX\t-\n", 9,
        "conn_state is not a connection state"
      ),
      ("1.0\tC1\t192.0.2.3\t-\t203.0.113.9\t2\ttcp\t-\t-\t-\t-\t-\t-\n", 9, "no id.orig_p"),
    ])
  func malformed(text: String, line: UInt64, reason: String) throws {
    let failure = try #require(refusal(Self.heads + text))
    #expect(failure.code == .malformed && failure.reason == reason)
    guard case .line(line, _)? = failure.location else {
      Issue.record("\(failure)")
      return
    }
    let lenient = try read(Self.heads + text + row(), lenient: true)
    #expect(lenient.events.count == 5 && lenient.counts.skippedLines == 1)
  }

  @Test("A log without its heads, of another path, or without a needed column is refused")
  func heads() throws {
    #expect(refusal("#open\tx\n" + row())?.reason == "a row before the #fields line")
    #expect(refusal("#fields\tts\tuid\n")?.reason == "#fields has no proto")
    let other = try read("#path\tdns\n#fields\tts\tquery\n1.0\tx\n")
    #expect(other.warnings == [.unknownKinds(lines: 1, names: ["dns"])])
    #expect(
      refusal(#"{"ts":1.0,"id.orig_h":"192.0.2.10""#)?.location == .line(1, byte: 35))
  }

  @Test("Converted, it is a trace with the same events")
  func convert() throws {
    for format in TraceFormat.written {
      var source = try TraceReader(
        bytes: Array((Self.heads + row() + row("1763700060.5", uid: "a.b")).utf8), name: "zeek")
      var target = try TraceWriter(toMemory: format, header: source.header)
      _ = try TraceConversion.copy(&source, to: &target)
      var again = try TraceReader(bytes: try target.finishedBytes(), name: "again")
      var events: [Event] = []
      while let event = try again.next() { events.append(event) }
      let direct = try read(Self.heads + row() + row("1763700060.5", uid: "a.b"))
      #expect(again.header == direct.header)
      #expect(events.map { "\($0)" } == direct.events.map { "\($0)" })
    }
  }

  @Test("A log that is a zstd stream is read as such")
  func compressed() throws {
    var packed: [UInt8] = []
    let packer = try ZstdPacker(level: 1)
    let count = try packer.packFrame(Array((Self.heads + row()).utf8), into: &packed)
    var reader = try TraceReader(bytes: Array(packed[..<count]), name: "conn.log.zst")
    #expect(reader.format == .zeekTable)
    while try reader.next() != nil {}
    #expect(reader.counts.events == 5)
  }

  @Test("A Zeek log cannot be written")
  func notWritten() {
    let header = StreamHeader(
      host: "", bootID: "", kernel: "", backend: "zeek", wallEpochNanoseconds: 0, sensor: "",
      configHash: "")
    #expect(throws: TraceError.self) {
      _ = try TraceWriter(toMemory: .zeekTable, header: header)
    }
  }
}
