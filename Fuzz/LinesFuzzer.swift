// SPDX-License-Identifier: Apache-2.0

import Trace

private let header = Array(
  (#"{"halfwire_trace":1,"host":"h","boot_id":"b","kernel":"k","backend":"other","#
    + #""wall_epoch_ns":1,"sensor":"s","config_hash":"c"}"# + "\n").utf8)

/// Any bytes as a trace of unknown form, and as lines behind a header; what is read is written
/// in every form and must be read again the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLines(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  for input in [bytes, header + bytes] {
    guard let lines = convert(input, to: .jsonLines) else { continue }
    precondition(convert(lines, to: .jsonLines) == lines)
    // zstd is slow under the sanitizer: one input in sixteen takes the detour.
    guard bytes.reduce(0, &+) & 15 == 0 else { continue }
    for format in [TraceFormat.native, .compressedJSONLines] {
      guard let stored = convert(lines, to: format) else {
        preconditionFailure("written lines were refused")
      }
      precondition(convert(stored, to: .jsonLines) == lines)
    }
  }
  return 0
}

private func convert(_ bytes: [UInt8], to format: TraceFormat) -> [UInt8]? {
  do throws(TraceError) {
    var source = try TraceReader(bytes: bytes, name: "fuzz", lenient: true)
    var target = try TraceWriter(toMemory: format, header: source.header)
    _ = try TraceConversion.copy(&source, to: &target)
    return try target.finishedBytes()
  } catch {
    _ = error.description
    return nil
  }
}
