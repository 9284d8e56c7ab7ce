// SPDX-License-Identifier: Apache-2.0

import Wire

/// What a trace ends with: how much it should have held.
public struct TraceFooter: Hashable, Sendable {
  /// Lines between header and footer.
  public var events: UInt64
  /// The sum of the `lost` events' records.
  public var lost: UInt64

  public init(events: UInt64, lost: UInt64) {
    self.events = events
    self.lost = lost
  }
}

/// What a line or record says.
enum TraceItem {
  case header(StreamHeader)
  case event(Event)
  case footer(TraceFooter)
  /// An `e` this version does not know.
  case unknown(ByteString)
}

/// Reads lines of the JSON Lines form; one decoder serves a whole trace.
struct LineDecoder {
  /// Whether the next line may or must be the header.
  enum HeaderRule {
    case required, allowed, refused
  }

  var headerRule = HeaderRule.required
  private static let kinds = NameTable(EventKind.allCases.map(\.rawValue) + ["end"])

  private let kinds = Self.kinds
  private let eventKinds = EventKind.allCases
  private var fields = LineFields()

  /// Decodes the line in `range`; nil where it is only white space.
  mutating func decodeUnlessBlank(
    _ bytes: [UInt8], _ range: Range<Int>
  ) throws(LineError) -> TraceItem? {
    let line = bytes.span.extracting(range)
    var scanner = LineScanner()
    scanner.skipSpace(line)
    return scanner.position == line.count ? nil : try decode(line)
  }

  mutating func decode(_ line: [UInt8]) throws(LineError) -> TraceItem {
    try decode(line.span)
  }

  /// Decodes one line, without its line feed.
  mutating func decode(_ line: Span<UInt8>) throws(LineError) -> TraceItem {
    try fields.read(line)
    if fields.has(.halfwireTrace) {
      guard headerRule != .refused else { throw LineError(offset: 0, fault: .secondHeader) }
      return .header(try header(line))
    }
    guard headerRule != .required else { throw LineError(offset: 0, fault: .headerMissing) }
    let kind = try fields.required(.e)
    guard kind.form == .string else { return .unknown(try fields.text(.e, line)) }
    guard let index = kinds.index(of: kind.range, in: line) else {
      return .unknown(try fields.text(.e, line))
    }
    guard index < eventKinds.count else {
      return .footer(
        TraceFooter(events: try fields.number(.events), lost: try fields.number(.lost)))
    }
    return .event(try event(eventKinds[index], line))
  }

  private func event(_ kind: EventKind, _ line: Span<UInt8>) throws(LineError) -> Event {
    switch kind {
    case .burst: .burst(try fields.burst(line))
    case .connect: .connect(try fields.connect(line))
    case .connected:
      .connected(
        ConnectedEvent(
          time: try fields.time(), socket: try fields.socket(line),
          local: try fields.endpoint(.local, line)))
    case .accept: .accept(try fields.accept(line))
    case .adopt: .adopt(try fields.adopt(line))
    case .closed: .closed(try fields.closed(line))
    case .final: .final(try fields.final(line))
    case .audit: .audit(try fields.final(line))
    case .head: .head(try fields.head(line))
    case .reset: .reset(try fields.reset(line))
    case .process: .process(try fields.process(line))
    case .context: .context(try fields.context(line))
    case .baseline: .baseline(try fields.baseline(line))
    case .fork: .fork(try fields.fork())
    case .exit: .exit(ExitEvent(time: try fields.time(), process: try fields.processKey()))
    case .name: .name(try fields.nameEvent(line))
    case .lost:
      .lost(
        LostEvent(
          time: try fields.time(), records: try fields.number(.records),
          stage: try fields.word(.stage, line)))
    case .gap: .gap(GapEvent(from: try fields.time(.from), to: try fields.time(.to)))
    case .tick: .tick(try fields.time())
    case .clock:
      .clock(ClockEvent(time: try fields.time(), wallNanoseconds: try fields.number(.wallNs)))
    }
  }

  /// The header, whose strings may be null where a fact could not be had; they read as "".
  private func header(_ line: Span<UInt8>) throws(LineError) -> StreamHeader {
    let version = try fields.required(.halfwireTrace)
    let number: UInt64 = try LineFields.integer(version, .halfwireTrace)
    guard number == 1 else {
      throw LineError(offset: version.offset, fault: .unsupportedFormat(number))
    }
    func fact(_ key: LineKey) throws(LineError) -> String {
      _ = try fields.required(key)
      return try fields.optionalString(key, line) ?? ""
    }
    _ = try fields.required(.host)
    return StreamHeader(
      host: try fields.optionalText(.host, line) ?? "", bootID: try fact(.bootID),
      kernel: try fact(.kernel), backend: try fact(.backend),
      wallEpochNanoseconds: try fields.numberOrUnknown(.wallEpochNs),
      sensor: try fact(.sensor), configHash: try fact(.configHash),
      timezone: try fields.optionalString(.timezone, line),
      role: try fields.optionalString(.role, line),
      isRedacted: try fields.optionalBoolean(.redacted))
  }
}
