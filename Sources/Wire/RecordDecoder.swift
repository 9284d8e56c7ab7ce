// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// Bytes to typed events: one length check, then plain loads of the layouts in halfwire_wire.h.
///
/// The same code reads what the ring lends and what a native trace holds. No input can crash it,
/// and the frequent kinds allocate nothing.
public enum RecordDecoder {
  /// Decodes exactly one record that fills `bytes`.
  ///
  /// The span need not be aligned and is not kept: what the record holds is copied out.
  public static func decode(_ bytes: RawSpan) throws(DecodingError) -> Record {
    guard bytes.byteCount >= MemoryLayout<halfwire_header>.size else {
      throw .truncated(offset: 0, available: bytes.byteCount)
    }
    // SAFETY: the header's size was just checked; it holds integers only.
    let header = unsafe bytes.unsafeLoadUnaligned(as: halfwire_header.self)
    guard header.version == UInt8(HALFWIRE_WIRE_VERSION) else {
      throw .unsupportedVersion(header.version)
    }
    guard Int(exactly: header.length_bytes) == bytes.byteCount else {
      throw .lengthMismatch(
        stated: Int(truncatingIfNeeded: header.length_bytes), available: bytes.byteCount)
    }
    let time = KernelInstant(nanoseconds: header.time_ns)
    // The most frequent first; the values are halfwire_kind's.
    switch RecordKind(rawValue: header.kind) {
    case .burst: return .event(.burst(try burst(bytes, at: time)))
    case .final: return .event(.final(try final(bytes, at: time)))
    case .audit: return .event(.audit(try final(bytes, at: time)))
    case .connect, .connected, .accept, .adopt, .closed:
      return .event(try socketEvent(bytes, kind: header.kind, at: time))
    case .fork: return .event(.fork(try fork(bytes, at: time)))
    case .exit: return .event(.exit(try exit(bytes, at: time)))
    case .process: return try process(bytes, at: time)
    case .head: return .event(.head(try head(bytes, at: time)))
    case .dns: return .answer(try answer(bytes, at: time))
    case .reset: return .event(.reset(try reset(bytes, at: time)))
    case .tick:
      try requireSize(MemoryLayout<halfwire_header>.size, of: bytes)
      return .event(.tick(time))
    case .lost: return .event(.lost(try lost(bytes, at: time)))
    case .text, .textPart:
      let line = copy(bytes, MemoryLayout<halfwire_header>.size..<bytes.byteCount)
      return header.kind == RecordKind.text.rawValue ? .text(line) : .textPart(line)
    case nil: throw .unknownKind(header.kind)
    }
  }

  /// Decodes exactly one record that fills `bytes`.
  public static func decode(_ bytes: Span<UInt8>) throws(DecodingError) -> Record {
    // SAFETY: bytes have no invalid representation.
    try decode(unsafe bytes.bytes)
  }

  /// The burst that begins `bytes`, nil when anything else does.
  ///
  /// Nearly all records are bursts; this takes them without the detour over `Record`. A burst
  /// that cannot be decoded is nil, too: `decode` says why.
  public static func burst(beginning bytes: Span<UInt8>) -> BurstEvent? {
    guard bytes.count >= burstBytes else { return nil }
    // SAFETY: bytes have no invalid representation.
    let record = unsafe bytes.extracting(0..<burstBytes).bytes
    // SAFETY: a burst's size was just checked; the header holds integers only.
    let header = unsafe record.unsafeLoadUnaligned(as: halfwire_header.self)
    guard header.kind == RecordKind.burst.rawValue, header.version == UInt8(HALFWIRE_WIRE_VERSION),
      header.length_bytes == UInt32(truncatingIfNeeded: burstBytes)
    else { return nil }
    return try? burst(record, at: KernelInstant(nanoseconds: header.time_ns))
  }

  /// The size of a burst record.
  public static let burstBytes = MemoryLayout<halfwire_burst_record>.size

  /// The length of the record that begins `bytes`, by its own header.
  ///
  /// The length is at least a header's, at most the limit of the format and within `bytes`.
  public static func length(ofFirstIn bytes: Span<UInt8>) throws(DecodingError) -> Int {
    guard bytes.count >= MemoryLayout<halfwire_header>.size else {
      throw .truncated(offset: 0, available: bytes.count)
    }
    // SAFETY: the header's size was just checked; it holds integers only.
    let header = unsafe bytes.bytes.unsafeLoadUnaligned(as: halfwire_header.self)
    guard let length = Int(exactly: header.length_bytes),
      length >= MemoryLayout<halfwire_header>.size, length <= RecordKind.limitBytes,
      length <= bytes.count
    else {
      throw .lengthMismatch(
        stated: Int(truncatingIfNeeded: header.length_bytes), available: bytes.count)
    }
    return length
  }

  static func requireSize(_ size: Int, of bytes: RawSpan) throws(DecodingError) {
    guard bytes.byteCount == size else {
      throw bytes.byteCount < size
        ? .truncated(offset: bytes.byteCount, available: bytes.byteCount)
        : .lengthMismatch(stated: size, available: bytes.byteCount)
    }
  }

  /// A 0 or 1 that stands for a fact.
  static func flag(_ value: UInt8, at offset: Int) throws(DecodingError) -> Bool {
    guard value <= 1 else { throw .invalidField(offset: offset) }
    return value == 1
  }

  static func copy(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
    let part = bytes.extracting(range)  // traps outside the span; callers pass checked ranges
    // SAFETY: the buffer is read inside the closure only.
    return unsafe part.withUnsafeBytes { buffer in unsafe Array(buffer) }
  }
}

/// The values of `halfwire_kind`, closed.
public enum RecordKind: UInt16, CaseIterable, Sendable {
  case process = 1
  case fork = 2
  case exit = 3
  case connect = 4
  case connected = 5
  case accept = 6
  case adopt = 7
  case burst = 8
  case closed = 9
  case final = 10
  case head = 11
  case dns = 12
  case audit = 13
  case reset = 14
  case tick = 32
  case lost = 33
  case text = 34
  case textPart = 35

  /// No record is longer.
  public static let limitBytes = Int(HALFWIRE_RECORD_LIMIT_BYTES)
  /// The record header's size.
  public static let headerBytes = MemoryLayout<halfwire_header>.size
}
