// SPDX-License-Identifier: Apache-2.0

import Wire

// The native form: records gather in a block, a full block becomes one zstd frame.
extension TraceWriter {
  mutating func appendRecord(_ event: Event) throws(TraceError) {
    guard !RecordEncoder.append(event, to: &block) else { return try countRecord() }
    lines.removeAll()
    lines.append(event)
    try appendText(at: event.time)
  }

  /// Adds the line in `lines`, in parts where it is longer than a record.
  mutating func appendText(at time: KernelInstant) throws(TraceError) {
    let length = lines.bytes.count
    guard length <= TraceReader.lineLimitBytes else { throw tooLong(length) }
    let most = RecordKind.limitBytes - RecordKind.headerBytes
    var start = 0
    repeat {
      let end = min(start + most, length)
      let kind = end == length ? RecordKind.text : .textPart
      guard RecordEncoder.appendTextHeader(kind, time: time, count: end - start, to: &block) else {
        throw tooLong(length)
      }
      block.append(contentsOf: lines.bytes[start..<end])
      try countRecord()
      start = end
    } while start < length
  }

  private mutating func countRecord() throws(TraceError) {
    blockRecords += 1
    if block.count >= NativeLayout.blockTargetBytes { try writeBlock() }
  }

  mutating func writeBlock() throws(TraceError) {
    guard blockRecords > 0 else { return }
    var stored = 0
    do throws(ZstdError) {
      stored = try packer?.packFrame(block, into: &packed) ?? 0
    } catch {
      throw TraceError(.inputOutput(errno: 0), file: name, error.reason)
    }
    var header: [UInt8] = []
    BlockHeader(storedBytes: stored, rawBytes: block.count, records: blockRecords)
      .append(to: &header)
    try output.write(header, count: header.count)
    try output.write(packed, count: stored)
    block.removeAll(keepingCapacity: true)
    blockRecords = 0
  }
}
