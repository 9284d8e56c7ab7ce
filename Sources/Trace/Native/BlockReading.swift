// SPDX-License-Identifier: Apache-2.0

import Wire

/// The block a reader stands in.
struct BlockState: ~Copyable {
  /// The block's records, unpacked; the memory serves every block.
  var raw: [UInt8] = []
  var position = 0
  var end = 0
  /// Where the block begins in the file.
  var offset: UInt64 = 0
  var header = BlockHeader(storedBytes: 0, rawBytes: 0, records: 0)
  var recordsRead = 0
  /// The parts of a line longer than one record.
  var line: [UInt8] = []
  private var unpacker: ZstdUnpacker?

  /// Decodes the record at `position`, which lies before `end`, and moves behind it.
  mutating func nextRecord() throws(DecodingError) -> Record {
    let length = try lengthOfNext()
    let record = try decodeNext(length)
    position += length
    recordsRead += 1
    return record
  }

  /// The next record if it is a burst; otherwise nothing happens.
  mutating func nextBurst() -> BurstEvent? {
    guard line.isEmpty, let burst = burstAtPosition() else { return nil }
    position += RecordDecoder.burstBytes
    recordsRead += 1
    return burst
  }

  private func burstAtPosition() -> BurstEvent? {
    RecordDecoder.burst(beginning: raw.span.extracting(position..<end))
  }

  private func lengthOfNext() throws(DecodingError) -> Int {
    try RecordDecoder.length(ofFirstIn: raw.span.extracting(position..<end))
  }

  private func decodeNext(_ length: Int) throws(DecodingError) -> Record {
    try RecordDecoder.decode(raw.span.extracting(position..<position + length))
  }

  /// Unpacks the frame in `range`, the one `header` describes.
  mutating func unpack(
    _ bytes: [UInt8], _ range: Range<Int>, _ header: BlockHeader
  ) throws(ZstdError) {
    if raw.isEmpty { raw = [UInt8](repeating: 0, count: NativeLayout.blockLimitBytes) }
    if unpacker == nil { unpacker = try ZstdUnpacker() }
    try unpacker?.unpackFrame(bytes, range, size: header.rawBytes, into: &raw)
    end = header.rawBytes
  }
}

// The native form: blocks are unpacked one at a time, records decoded where they lie.
extension TraceReader {
  mutating func readFileHeader() throws(TraceError) {
    guard try input.require(NativeLayout.fileHeaderBytes) else {
      throw TraceError(.malformed, file: name, at: .offset(0), "cut off inside the file header")
    }
    let version = input.number(at: 8, 2)
    let wireVersion = input.number(at: 10, 2)
    guard version == UInt64(NativeLayout.version), wireVersion == UInt64(NativeLayout.wireVersion)
    else {
      throw TraceError(
        .unsupported, file: name, at: .offset(8),
        "format \(version) with records \(wireVersion) is not known here, only "
          + "\(NativeLayout.version) with \(NativeLayout.wireVersion)")
    }
    input.consume(NativeLayout.fileHeaderBytes)
  }

  mutating func nextRecord() throws(TraceError) -> TraceItem? {
    while true {
      guard block.position < block.end else {
        if block.end > 0, block.recordsRead != block.header.records {
          try refuseBlock("\(block.recordsRead) records where the block says otherwise")
        }
        guard try loadBlock() else { return nil }
        continue
      }
      let record: Record
      do throws(DecodingError) {
        record = try block.nextRecord()
      } catch {
        try refuseBlock("record \(block.recordsRead + 1): \(error)")
        continue
      }
      // Names are decoded before they are recorded.
      if case .answer = record {
        try refuseBlock("record \(block.recordsRead): an undecoded DNS answer")
        continue
      }
      do throws(LineError) {
        if let item = try item(of: record) { return item }
      } catch {
        try refuseBlock(
          "record \(block.recordsRead), byte \(error.offset + 1) of its text: "
            + error.fault.description, error.fault.code)
      }
    }
  }

  /// What a record says; nil for the beginning of a long line.
  private mutating func item(of record: Record) throws(LineError) -> TraceItem? {
    switch record {
    case .textPart(let part):
      guard block.line.count + part.count <= Self.lineLimitBytes else {
        throw LineError(offset: block.line.count, fault: .lineTooLong)
      }
      block.line.append(contentsOf: part)
      return nil
    case .text(let end):
      guard !block.line.isEmpty else { return try lines.decode(end) }
      block.line.append(contentsOf: end)
      guard block.line.count <= Self.lineLimitBytes else {
        throw LineError(offset: Self.lineLimitBytes, fault: .lineTooLong)
      }
      let item = try lines.decode(block.line)
      block.line.removeAll(keepingCapacity: true)
      return item
    case .event, .process:
      guard block.line.isEmpty else {
        throw LineError(offset: block.line.count, fault: .unfinishedText)
      }
      guard lines.headerRule != .required else {
        throw LineError(offset: 0, fault: .headerMissing)
      }
      switch record {
      case .process(let process, let context):
        pending = context.map { .event(.context($0)) }
        return .event(.process(process))
      case .event(let event): return .event(event)
      case .text, .textPart, .answer: return nil
      }
    case .answer: return nil
    }
  }

  /// Unpacks the next block; false at the end of input.
  private mutating func loadBlock() throws(TraceError) -> Bool {
    (block.position, block.end, block.recordsRead) = (0, 0, 0)
    while true {
      block.offset = input.offset
      let headerBytes = NativeLayout.blockHeaderBytes
      guard try input.require(headerBytes) else { return endOfBlocks() }
      guard let header = input.blockHeader() else {
        try refuseBlock("no block begins here, or its header is damaged")
        guard try findBlock() else { return false }
        continue
      }
      guard try input.require(headerBytes + header.storedBytes) else { return endOfBlocks() }
      let frame = input.start + headerBytes
      block.header = header
      var failure: ZstdError?
      do throws(ZstdError) {
        try block.unpack(input.buffer, frame..<frame + header.storedBytes, header)
      } catch {
        failure = error
      }
      input.consume(headerBytes + header.storedBytes)
      guard let failure else { return true }
      try refuseBlock("the block is damaged: \(failure.reason)")
    }
  }

  /// The input ends here, or inside a block that its writer could not finish.
  private mutating func endOfBlocks() -> Bool {
    if input.available > 0 {
      warnings.append(.cutOff(offset: input.offset))
      input.consume(input.available)
    }
    return false
  }

  /// Moves on to the next place where a block header is whole; false when there is none.
  private mutating func findBlock() throws(TraceError) -> Bool {
    let headerBytes = NativeLayout.blockHeaderBytes
    input.consume(1)
    while try input.require(headerBytes) {
      let last = input.available - headerBytes
      var place = 0
      while place <= last,
        let found = input.find(NativeLayout.blockMagic[0], in: place..<last + 1)
      {
        if input.blockHeader(at: found) != nil {
          input.consume(found)
          return true
        }
        place = found + 1
      }
      input.consume(last + 1)
    }
    input.consume(input.available)
    return false
  }

  /// Throws the error with its place, or gives up the rest of the block where reading is lenient.
  private mutating func refuseBlock(
    _ reason: String, _ code: TraceError.Code = .malformed
  ) throws(TraceError) {
    let failure = TraceError(code, file: name, at: .offset(block.offset), reason)
    guard isLenient, code == .malformed else { throw failure }
    counts.skippedBlocks += 1
    counts.skippedRecords += UInt64(max(block.header.records - block.recordsRead, 0))
    if firstSkipped == nil { firstSkipped = failure }
    (block.position, block.end, block.recordsRead) = (0, 0, 0)
    block.header.records = 0
    block.line.removeAll(keepingCapacity: true)
  }
}
