// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Writes a trace of any form, event by event.
///
/// A trace without `finish` has no footer and can be read up to its last `flush`.
public struct TraceWriter: ~Copyable {
  public struct Options: Sendable {
    /// zstd's level; 1 keeps up with any recording.
    public var compressionLevel: Int32 = 1
    /// The size of the finished file that `isFull` watches.
    public var maximumBytes: UInt64?

    public init() {}
  }

  public let format: TraceFormat
  /// The path as it was given.
  public let name: String
  public private(set) var events: UInt64 = 0
  public private(set) var lostRecords: UInt64 = 0
  /// The file has as good as reached its maximum: `finish` now.
  public private(set) var isFull = false

  private let options: Options
  var output: OutputFile
  var packer: ZstdPacker?
  /// Lines not yet written, or the one on its way into a text record.
  var lines = LineBuffer()
  /// Records of the block that is being filled.
  var block: [UInt8] = []
  var blockRecords = 0
  /// Packed bytes on their way into the file.
  var packed: [UInt8] = []
  private var lastTime = KernelInstant.zero
  private var isFinished = false

  /// How much is left free for the footer below the maximum.
  private static let reserveBytes: UInt64 = 1024

  /// Creates the file `path` with mode 0600, `-` being standard output, and writes the header.
  ///
  /// A regular file of that name is replaced by `finish`; anything else is refused.
  public init(
    path: String, format: TraceFormat, header: StreamHeader, options: Options = Options()
  ) throws(TraceError) {
    try self.init(OutputFile(path: path), format, header, options)
  }

  /// Writes into memory; `finishedBytes` hands it out.
  public init(
    toMemory format: TraceFormat, header: StreamHeader, options: Options = Options()
  ) throws(TraceError) {
    try self.init(OutputFile(), format, header, options)
  }

  private init(
    _ output: consuming OutputFile, _ format: TraceFormat, _ header: StreamHeader,
    _ options: Options
  ) throws(TraceError) {
    self.format = format
    self.options = options
    name = output.name
    self.output = output
    guard !format.isZeek else {
      throw TraceError(.refused, file: name, "Zeek's logs are only read")
    }
    try begin(header)
  }

  /// Bytes in the file so far; what is buffered comes on top.
  public var writtenBytes: UInt64 { output.writtenBytes }

  /// Appends one event.
  ///
  /// The writer buffers; call `flush` when what was written should survive a crash.
  public mutating func write(_ event: Event) throws(TraceError) {
    if format == .native {
      try appendRecord(event)
    } else {
      try appendLine { $0.append(event) }
    }
    events += 1
    lastTime = max(lastTime, event.time)
    if case .lost(let event) = event { lostRecords = lostRecords &+ event.records }
    try watchSize()
  }

  /// Hands what is buffered to the system, in a native trace as a block of its own.
  public mutating func flush() throws(TraceError) {
    if format == .native {
      try writeBlock()
    } else {
      try writeLines(.flush)
    }
  }

  /// Writes the footer, brings the file to the disk and gives it its name.
  public mutating func finish() throws(TraceError) {
    guard !isFinished else { return }
    isFinished = true
    let footer = TraceFooter(events: events, lost: lostRecords)
    if format == .native {
      lines.removeAll()
      lines.append(footer)
      try appendText(at: lastTime)
      try writeBlock()
    } else {
      try appendLine { $0.append(footer) }
      try writeLines(.end)
    }
    try output.finish()
  }

  /// Gives up and removes what was written; a file that was to be replaced stays.
  public mutating func discard() {
    isFinished = true
    output.discard()
  }

  /// Finishes a trace in memory and hands it out; empty for any other.
  public mutating func finishedBytes() throws(TraceError) -> [UInt8] {
    try finish()
    return output.memory
  }

  private mutating func begin(_ header: StreamHeader) throws(TraceError) {
    if format != .jsonLines {
      do {
        packer = try ZstdPacker(level: options.compressionLevel)
      } catch {
        throw TraceError(.inputOutput(errno: 0), file: name, error.reason)
      }
    }
    guard format == .native else { return try appendLine { $0.append(header) } }
    NativeLayout.appendFileHeader(to: &packed)
    try output.write(packed, count: packed.count)
    lines.append(header)
    try appendText(at: .zero)
  }

  /// Raises `isFull` in time; what is buffered is packed first, to know what it really takes.
  private mutating func watchSize() throws(TraceError) {
    guard let maximum = options.maximumBytes, !isFull else { return }
    let buffered = UInt64(format == .native ? block.count : lines.bytes.count)
    guard writtenBytes + buffered + Self.reserveBytes >= maximum else { return }
    if buffered > 16 * 1024 { try flush() }
    isFull =
      writtenBytes + Self.reserveBytes + UInt64(buffered > 16 * 1024 ? 0 : buffered) >= maximum
  }
}
