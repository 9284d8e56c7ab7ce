// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Reads a recorded trace of either form, or a Zeek log, event by event.
///
/// The form is told from the content. Memory is bounded whatever the input holds, and the
/// frequent kinds of a native trace cost no allocation.
public struct TraceReader: ~Copyable {
  /// A line of the JSON Lines form, or of a native text record, is at most so long.
  public static let lineLimitBytes = 1 << 20

  public internal(set) var header: StreamHeader
  /// The footer, once it was read.
  public private(set) var footer: TraceFooter?
  public internal(set) var counts = TraceCounts()
  /// Complete when `next` has returned nil.
  public internal(set) var warnings: [TraceWarning] = []
  public private(set) var format = TraceFormat.native
  /// The path as it was given.
  public let name: String
  public let isLenient: Bool

  var input: TraceInput
  var lines = LineDecoder()
  var lineNumber: UInt64 = 0
  var block = BlockState()
  /// What a lenient reader passed over first, as an error would have said it.
  var firstSkipped: TraceError?
  /// What was read ahead: the second event of a record that holds two.
  var pending: TraceItem?
  var zeek = ZeekReading()
  private var isFinished = false

  /// Opens a trace, `-` being standard input, and reads its header.
  ///
  /// - Parameters:
  ///   - path: the file; a pipe or a device serves as well.
  ///   - lenient: pass over malformed lines, and the rest of malformed blocks, and count them,
  ///     where a strict reader throws.
  /// - Throws: what `next` throws, for the file and its header.
  public init(path: String, lenient: Bool = false) throws(TraceError) {
    try self.init(TraceInput(try InputFile(path: path)), lenient: lenient)
  }

  /// Reads a trace from memory; `name` stands for the path in errors.
  public init(bytes: [UInt8], name: String, lenient: Bool = false) throws(TraceError) {
    try self.init(TraceInput(InputFile(bytes: bytes, name: name)), lenient: lenient)
  }

  private init(_ source: consuming TraceInput, lenient: Bool) throws(TraceError) {
    name = source.name
    isLenient = lenient
    input = source
    header = StreamHeader(
      host: "", bootID: "", kernel: "", backend: "other", wallEpochNanoseconds: 0, sensor: "",
      configHash: "")
    format = try Self.detect(&input)
    if isLenient { lines.headerRule = .allowed }
    if format == .native { try readFileHeader() }
    if format.isZeek { try readZeekHeader() } else { try readHeader() }
  }

  /// Bytes taken from the file so far; at the end its size.
  public var fileBytes: UInt64 { input.fileBytes }

  /// The next event, nil at the end; after an error there are no more.
  public mutating func next() throws(TraceError) -> Event? {
    if let burst = nextBurst() {
      counts.add(burst)
      return .burst(burst)
    }
    while !isFinished {
      let item: TraceItem?
      do throws(TraceError) {
        item = try nextItem()
        if item == nil { try finish() }
      } catch {
        isFinished = true
        // What is left of the block is not handed out either.
        (block.position, block.end) = (0, 0)
        throw error
      }
      switch item {
      case .event(let event)?:
        noteFooterIsNotLast()
        counts.add(event)
        return event
      case .unknown(let kind)?:
        noteFooterIsNotLast()
        counts.addUnknown(kind)
      case .footer(let read)?:
        noteFooterIsNotLast()
        footer = read
      case .header?: break  // a second one was refused where its place is known
      case nil: isFinished = true
      }
    }
    return nil
  }

  /// Hands every event that is left to one of the two, in order; after an error there are no more.
  ///
  /// It is `next` without the copies: an event is a large value, nearly all are bursts, and a burst
  /// is handed over where it was decoded.
  public mutating func forEach(
    burst: (BurstEvent) -> Void, other: (Event) -> Void
  ) throws(TraceError) {
    while true {
      if block.position < block.end, pending == nil, footer == nil {
        while let next = block.nextBurst() {
          counts.add(next)
          burst(next)
        }
      }
      guard let event = try next() else { return }
      if case .burst(let next) = event { burst(next) } else { other(event) }
    }
  }

  /// The next event where it is what nearly all are: a burst inside a native trace's block.
  ///
  /// An event is a large value; this way it is made once, where it is returned.
  private mutating func nextBurst() -> BurstEvent? {
    guard block.position < block.end, pending == nil, footer == nil else { return nil }
    return block.nextBurst()
  }

  private mutating func nextItem() throws(TraceError) -> TraceItem? {
    if let item = pending {
      pending = nil
      return item
    }
    switch format {
    case .native: return try nextRecord()
    case .jsonLines, .compressedJSONLines: return try nextLine()
    case .zeekTable, .zeekObjects: return try nextZeekEvent().map { .event($0) }
    }
  }

  private mutating func readHeader() throws(TraceError) {
    let first = try nextItem()
    lines.headerRule = .refused
    if case .header(let read)? = first {
      header = read
      return
    }
    // A strict reader has thrown unless nothing at all came.
    guard isLenient else {
      throw TraceError(.malformed, file: name, at: .offset(0), "no header: cut off or empty")
    }
    warnings.append(.headerMissing)
    pending = first
  }

  private mutating func noteFooterIsNotLast() {
    if footer != nil, !warnings.contains(.linesAfterFooter) { warnings.append(.linesAfterFooter) }
  }

  /// Says what the operator should know once everything was read.
  private mutating func finish() throws(TraceError) {
    if let damage = input.damage {
      guard isLenient else {
        throw TraceError(.malformed, file: name, at: .offset(damage.offset), damage.reason)
      }
      warnings.append(.streamDamaged(offset: damage.offset, reason: damage.reason))
    }
    if input.isCutOff { warnings.append(.cutOff(offset: input.fileBytes)) }
    if counts.unknownLines > 0 {
      let names = counts.unknownKinds.keys.map(Self.printable).sorted()
      warnings.append(.unknownKinds(lines: counts.unknownLines, names: names))
    }
    if let firstSkipped {
      warnings.append(
        .skipped(
          lines: counts.skippedLines, blocks: counts.skippedBlocks,
          first: firstSkipped.description))
    }
    // A Zeek log has no footer.
    guard !format.isZeek else { return warnings += zeekWarnings }
    guard let footer else { return warnings.append(.footerMissing) }
    let read = counts.events &+ counts.unknownLines &+ counts.skippedLines &+ counts.skippedRecords
    if footer.events != read {
      warnings.append(.footerEvents(stated: footer.events, read: read))
    }
    if footer.lost != counts.lostRecords, !counts.hasSkipped {
      warnings.append(.footerLost(stated: footer.lost, read: counts.lostRecords))
    }
  }

  /// A name from the trace as it may go to a terminal.
  private static func printable(_ name: ByteString) -> String {
    String(
      String.UnicodeScalarView(
        name.description.unicodeScalars.map { scalar in
          scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar
        }))
  }

  private static func detect(_ input: inout TraceInput) throws(TraceError) -> TraceFormat {
    _ = try input.require(TraceSniff.prefixBytes)
    var sniff = input.sniff
    if sniff == .zstd {
      try input.beginUnpacking()
      _ = try input.require(TraceSniff.prefixBytes)
      sniff = input.sniff
    }
    let reason: String
    switch sniff {
    case .native: return .native
    case .json:
      if try isZeek(&input) { return .zeekObjects }
      return input.isCompressed ? .compressedJSONLines : .jsonLines
    case .zeek: return .zeekTable
    case .empty: reason = input.damage?.reason ?? "the trace is empty"
    case .zstd, .other:
      reason = "neither a trace (native or JSON Lines) nor a Zeek conn.log, plain or zstd"
    }
    throw TraceError(.malformed, file: input.name, at: .offset(0), reason)
  }
}
