// SPDX-License-Identifier: Apache-2.0

@testable import Trace
import Wire

/// Any bytes behind a native file header, and as the content of a sound block.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNative(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var file: [UInt8] = []
  NativeLayout.appendFileHeader(to: &file)
  read(bytes)
  read(file + bytes)
  guard let first = bytes.first, bytes.count <= NativeLayout.blockLimitBytes else { return 0 }
  // The first byte is the number of records, the rest the records.
  let content = Array(bytes.dropFirst())
  guard !content.isEmpty, let packer = try? ZstdPacker(level: 1) else { return 0 }
  var packed: [UInt8] = []
  guard let stored = try? packer.packFrame(content, into: &packed) else { return 0 }
  BlockHeader(storedBytes: stored, rawBytes: content.count, records: Int(first))
    .append(to: &file)
  read(file + packed[..<stored])
  return 0
}

private func read(_ bytes: [UInt8]) {
  for lenient in [false, true] {
    do throws(TraceError) {
      var reader = try TraceReader(bytes: bytes, name: "fuzz", lenient: lenient)
      while let event = try reader.next() { _ = event.time }
      for warning in reader.warnings { _ = warning.description }
    } catch {
      precondition(error.location != nil)
      _ = error.description
    }
  }
}
