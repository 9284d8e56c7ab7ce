// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

/// One visit of a program to a server, as the format's own description shows it.
let exampleVisit = #"""
  {"halfwire_trace":1,"host":"web-3","boot_id":"9d3c…","kernel":"6.12.117","backend":"functions","wall_epoch_ns":1763700000000000000,"sensor":"halfwire 0.1.0","config_hash":""}
  {"t":900,"e":"process","pid":4121,"start":900,"exec_id":1,"ppid":1,"pstart":5,"uid":0,"comm":"kupdater","exe":"/usr/local/bin/kupdater","argv":["kupdater","-d"],"cgroup":"/system.slice/kupdater.service"}
  {"t":60000000000,"e":"connect","sk":"71.0","pid":4121,"start":900,"exec_id":1,"netns":4026531833,"local":"192.0.2.10:0","remote":"203.0.113.9:443"}
  {"t":60020000000,"e":"connected","sk":"71.0","local":"192.0.2.10:51000"}
  {"e":"burst","sk":"71.0","pid":4121,"start":900,"exec_id":1,"first":60021000000,"last":60040000000,"sent":517,"received":4096,"sends":1,"receives":2}
  {"t":60060000000,"e":"closed","sk":"71.0","local":"192.0.2.10:51000","remote":"203.0.113.9:443","established":true,"reason":"fin"}
  {"t":60061000000,"e":"final","sk":"71.0","written":517,"read":4096,"unsent":0,"unread":0,"marks":[]}
  {"e":"end","events":6,"lost":0}

  """#

@Suite("The example visit")
struct ExampleVisitTests {
  private let image = ImageKey(pid: 4121, start: KernelInstant(nanoseconds: 900), execID: 1)
  private let socket = SocketKey(cookie: 71, generation: 0)

  private func read(
    _ bytes: [UInt8]
  ) throws -> (StreamHeader, [Event], TraceFooter?, [TraceWarning], TraceCounts) {
    var reader = try TraceReader(bytes: bytes, name: "visit")
    var events: [Event] = []
    while let event = try reader.next() { events.append(event) }
    return (reader.header, events, reader.footer, reader.warnings, reader.counts)
  }

  @Test("Its lines are the events they describe")
  func events() throws {
    let (header, events, footer, warnings, counts) = try read(Array(exampleVisit.utf8))
    #expect(
      header
        == StreamHeader(
          host: "web-3", bootID: "9d3c…", kernel: "6.12.117", backend: "functions",
          wallEpochNanoseconds: 1_763_700_000_000_000_000, sensor: "halfwire 0.1.0",
          configHash: ""))
    #expect(footer == TraceFooter(events: 6, lost: 0))
    #expect(warnings == [])
    #expect(counts[.burst] == 1)
    #expect(events.map(\.kind) == [.process, .connect, .connected, .burst, .closed, .final])
    #expect(
      events.map(\.time.nanoseconds) == [
        900, 60_000_000_000, 60_020_000_000, 60_040_000_000, 60_060_000_000, 60_061_000_000,
      ])

    guard case .process(let process) = events[0], case .connect(let connect) = events[1],
      case .connected(let connected) = events[2], case .burst(let burst) = events[3],
      case .closed(let closed) = events[4], case .final(let final) = events[5]
    else { return }
    #expect(process.image == image)
    #expect(
      process.facts.parent == ProcessKey(pid: 1, start: KernelInstant(nanoseconds: 5)))
    #expect(process.facts.uid == 0)
    #expect(process.facts.command == "kupdater")
    #expect(process.facts.executable == "/usr/local/bin/kupdater")
    #expect(process.facts.arguments == ["kupdater", "-d"])
    #expect(process.facts.cgroup == "/system.slice/kupdater.service")
    #expect(process.facts.wasFound == nil)
    #expect(process.facts.workingDirectory == nil)

    let server = Endpoint(address: IPAddress(ipv4: 0xcb00_7109), port: 443)
    let client = IPAddress(ipv4: 0xc000_020a)
    #expect(connect.socket == socket)
    #expect(connect.image == image)
    #expect(connect.networkNamespace == 4_026_531_833)
    #expect(connect.local == Endpoint(address: client, port: 0))
    #expect(connect.remote == server)
    #expect(connected.local == Endpoint(address: client, port: 51000))
    #expect(
      burst
        == BurstEvent(
          socket: socket, image: image, first: KernelInstant(nanoseconds: 60_021_000_000),
          last: KernelInstant(nanoseconds: 60_040_000_000), sentBytes: 517, receivedBytes: 4096,
          sends: 1, receives: 2))
    #expect(closed.isEstablished)
    #expect(closed.reason == .fin)
    #expect(closed.remote == server)
    #expect(final.writtenBytes == 517)
    #expect(final.readBytes == 4096)
    #expect(final.marks == [])
  }

  @Test("It comes back byte for byte through every form", arguments: TraceFormat.written)
  func roundTrip(format: TraceFormat) throws {
    let text = Array(exampleVisit.utf8)
    var source = try TraceReader(bytes: text, name: "visit")
    var target = try TraceWriter(toMemory: format, header: source.header)
    #expect(try TraceConversion.copy(&source, to: &target) == 6)
    let stored = try target.finishedBytes()

    var again = try TraceReader(bytes: stored, name: "stored")
    #expect(again.format == format)
    var lines = try TraceWriter(toMemory: .jsonLines, header: again.header)
    _ = try TraceConversion.copy(&again, to: &lines)
    #expect(again.warnings == [])
    #expect(try lines.finishedBytes() == text)
  }

  @Test("Its summary tells what is in it, in UTC")
  func summary() throws {
    var reader = try TraceReader(bytes: Array(exampleVisit.utf8), name: "visit")
    let summary = try TraceSummary(reading: &reader)
    #expect(summary.processes == 1)
    #expect(summary.sockets == 1)
    #expect(summary.durationNanoseconds == 60_060_999_100)
    // date -u -d @1763700000: Fri Nov 21 04:40:00 UTC 2025
    #expect(summary.firstTimeText == "2025-11-21T04:40:00.000Z")
    #expect(summary.lastTimeText == "2025-11-21T04:41:00.061Z")
  }
}
