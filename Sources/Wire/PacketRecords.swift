// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// A UDP payload received from port 53, cut at 512 bytes.
public struct AnswerRecord: Hashable, Sendable {
  public var time: KernelInstant
  /// The network namespace's inode; 0 unknown.
  public var networkNamespace: UInt64
  public var payload: [UInt8]

  public init(time: KernelInstant, networkNamespace: UInt64, payload: [UInt8]) {
    self.time = time
    self.networkNamespace = networkNamespace
    self.payload = payload
  }
}

// The records of the packet hooks: a fixed part, then bytes. A record may be longer than both, for
// the kernel side reserves room before it knows how much there is.
extension RecordDecoder {
  static func head(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> HeadEvent {
    let fixed = MemoryLayout<halfwire_head_record>.size
    guard bytes.byteCount >= fixed else {
      throw .truncated(offset: bytes.byteCount, available: bytes.byteCount)
    }
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_head_record.self)
    guard let direction = Direction(code: record.direction) else {
      throw .invalidField(offset: 38)
    }
    return HeadEvent(
      time: time, socket: SocketKey(record.socket), direction: direction,
      offset: UInt64(record.offset),
      data: try tail(bytes, after: fixed, count: Int(record.data_bytes)))
  }

  static func answer(
    _ bytes: RawSpan, at time: KernelInstant
  ) throws(DecodingError) -> AnswerRecord {
    let fixed = MemoryLayout<halfwire_dns_record>.size
    guard bytes.byteCount >= fixed else {
      throw .truncated(offset: bytes.byteCount, available: bytes.byteCount)
    }
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_dns_record.self)
    return AnswerRecord(
      time: time, networkNamespace: UInt64(record.netns_inode),
      payload: try tail(bytes, after: fixed, count: Int(record.data_bytes)))
  }

  static func reset(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> ResetEvent {
    try requireSize(MemoryLayout<halfwire_reset_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_reset_record.self)
    return ResetEvent(
      time: time, networkNamespace: UInt64(record.netns_inode),
      local: try endpoint(record.local, at: 24), remote: try endpoint(record.remote, at: 48))
  }

  private static func tail(
    _ bytes: RawSpan, after fixed: Int, count: Int
  ) throws(DecodingError) -> [UInt8] {
    guard count <= bytes.byteCount - fixed else {
      throw .truncated(offset: fixed, available: bytes.byteCount)
    }
    return copy(bytes, fixed..<fixed + count)
  }
}

extension Direction {
  /// `HALFWIRE_SENT` or `HALFWIRE_RECEIVED`.
  var code: UInt8 {
    switch self {
    case .sent: 0
    case .received: 1
    }
  }

  init?(code: UInt8) {
    switch code {
    case 0: self = .sent
    case 1: self = .received
    default: return nil
    }
  }
}

/// What the packet hooks copy: `struct halfwire_packet_knobs`.
///
/// 0 switches a part off.
public struct KernelPacketKnobs: Hashable, Sendable {
  public var sentBytes: UInt32
  public var receivedBytes: UInt32
  public var answersPerSecond: UInt32
  public var resetsPerSecond: UInt32

  public init(
    sentBytes: UInt32, receivedBytes: UInt32, answersPerSecond: UInt32, resetsPerSecond: UInt32
  ) {
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
    self.answersPerSecond = answersPerSecond
    self.resetsPerSecond = resetsPerSecond
  }

  /// No more of one direction is ever copied.
  public static let limitBytes = UInt32(HALFWIRE_HEAD_LIMIT_BYTES)

  /// As the kernel side reads them.
  public var bytes: [UInt8] {
    var layout = halfwire_packet_knobs()
    layout.sent_bytes = sentBytes
    layout.received_bytes = receivedBytes
    layout.answers_per_second = answersPerSecond
    layout.resets_per_second = resetsPerSecond
    // SAFETY: the struct is trivial and its padding is named and zeroed.
    return unsafe withUnsafeBytes(of: &layout) { unsafe Array($0) }
  }
}

/// What the packet hooks count, of one CPU or summed: `halfwire_packet_counters`.
public struct PacketCounters: Hashable, Sendable {
  /// UDP payload sent that is not QUIC.
  public private(set) var udpBytes: UInt64 = 0
  public private(set) var quicBytes: UInt64 = 0
  /// What follows the IP header, of SCTP and of everything else.
  public private(set) var sctpBytes: UInt64 = 0
  public private(set) var otherBytes: UInt64 = 0
  /// DNS answers beyond the limit of a second.
  public private(set) var answersCapped: UInt64 = 0
  /// The same for resets.
  public private(set) var resetsCapped: UInt64 = 0

  /// The size of one CPU's counters.
  public static let sizeBytes = MemoryLayout<halfwire_packet_counters>.size

  public init() {}

  /// Reads one CPU's counters, which fill `bytes`.
  public init(_ bytes: RawSpan) throws(DecodingError) {
    try RecordDecoder.requireSize(Self.sizeBytes, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let layout = unsafe bytes.unsafeLoadUnaligned(as: halfwire_packet_counters.self)
    udpBytes = layout.udp_bytes
    quicBytes = layout.quic_bytes
    sctpBytes = layout.sctp_bytes
    otherBytes = layout.other_bytes
    answersCapped = layout.answers_capped
    resetsCapped = layout.resets_capped
  }

  /// Adds another CPU's counters; sums wrap as the kernel's own counters do.
  public mutating func add(_ other: PacketCounters) {
    udpBytes &+= other.udpBytes
    quicBytes &+= other.quicBytes
    sctpBytes &+= other.sctpBytes
    otherBytes &+= other.otherBytes
    answersCapped &+= other.answersCapped
    resetsCapped &+= other.resetsCapped
  }
}
