// SPDX-License-Identifier: Apache-2.0

import Trace
import Wire

private let table = Array(
  ("#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto"
    + "\tduration\torig_bytes\tresp_bytes\tconn_state\n").utf8)
private let object = Array(#"{"_path":"conn","ts":1.5,"proto":"tcp","uid":""#.utf8)

/// Any bytes as a Zeek log: whole, behind the heads of a table, and inside a row's JSON object.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzZeek(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  read(bytes)
  read(table + bytes)
  read(object + bytes)
  return 0
}

/// What is read must be a stream that a trace can hold, in the order of its own time.
private func read(_ bytes: [UInt8]) {
  for lenient in [false, true] {
    do throws(TraceError) {
      var reader = try TraceReader(bytes: bytes, name: "fuzz", lenient: lenient)
      guard reader.format.isZeek else { return }
      var writer = try TraceWriter(toMemory: .jsonLines, header: reader.header)
      let events = try TraceConversion.copy(&reader, to: &writer)
      precondition(events == reader.counts.events)
      let written = try writer.finishedBytes()
      var again = try TraceReader(bytes: written, name: "again")
      while try again.next() != nil {}
      precondition(again.counts.events == events)
    } catch {
      precondition(error.code == .malformed && error.location != nil)
      _ = error.description
    }
  }
}
