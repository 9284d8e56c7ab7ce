// SPDX-License-Identifier: Apache-2.0

// The JSON Lines form, plain or as one zstd stream.
extension TraceWriter {
  private static var bufferBytes: Int { 64 * 1024 }

  /// Adds one line; a line that no reader would take is refused instead.
  mutating func appendLine(_ body: (inout LineBuffer) -> Void) throws(TraceError) {
    let start = lines.bytes.count
    body(&lines)
    let length = lines.bytes.count - start
    guard length <= TraceReader.lineLimitBytes else {
      lines.removeLast(length)
      throw tooLong(length)
    }
    lines.endLine()
    if lines.bytes.count >= Self.bufferBytes { try writeLines(.none) }
  }

  mutating func writeLines(_ boundary: ZstdPacker.Boundary) throws(TraceError) {
    if format == .compressedJSONLines {
      packed.removeAll(keepingCapacity: true)
      do throws(ZstdError) {
        try packer?.pack(lines.bytes, boundary, appendTo: &packed)
      } catch {
        throw TraceError(.inputOutput(errno: 0), file: name, error.reason)
      }
      try output.write(packed, count: packed.count)
    } else {
      try output.write(lines.bytes, count: lines.bytes.count)
    }
    lines.removeAll()
  }

  func tooLong(_ length: Int) -> TraceError {
    TraceError(
      .refused, file: name,
      "an event of \(length) bytes is not written: a line has at most "
        + "\(TraceReader.lineLimitBytes)")
  }
}
