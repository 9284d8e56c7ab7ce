// SPDX-License-Identifier: Apache-2.0

internal import CWire

// The records of sockets and of the small process and sensor events: fixed layouts only.
extension RecordDecoder {
  static func burst(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> BurstEvent {
    try requireSize(MemoryLayout<halfwire_burst_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_burst_record.self)
    return BurstEvent(
      socket: SocketKey(record.socket), image: ImageKey(record.image),
      first: KernelInstant(nanoseconds: record.first_ns), last: time,
      sentBytes: record.sent_bytes, receivedBytes: record.received_bytes,
      sends: record.sends, receives: record.receives,
      isKernelThread: try flag(record.kernel_thread, at: 96))
  }

  static func final(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> FinalEvent {
    try requireSize(MemoryLayout<halfwire_final_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_final_record.self)
    let marks = SocketMarks(rawValue: record.marks)
    guard SocketMarks.all.isSuperset(of: marks) else { throw .invalidField(offset: 64) }
    return FinalEvent(
      time: time, socket: SocketKey(record.socket), writtenBytes: record.written_bytes,
      readBytes: record.read_bytes, unsentBytes: record.unsent_bytes,
      unreadBytes: record.unread_bytes, marks: marks, lostBursts: record.lost_bursts)
  }

  /// The kinds that share `halfwire_socket_record`; only the fields of the kind are looked at.
  static func socketEvent(
    _ bytes: RawSpan, kind: UInt16, at time: KernelInstant
  ) throws(DecodingError) -> Event {
    try requireSize(MemoryLayout<halfwire_socket_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_socket_record.self)
    let socket = SocketKey(record.socket)
    let local = try endpoint(record.local, at: 56)
    if kind == RecordKind.connected.rawValue {
      return .connected(ConnectedEvent(time: time, socket: socket, local: local))
    }
    let namespace = UInt64(record.socket.netns_inode)
    let remote = try endpoint(record.remote, at: 80)
    let knownImage = record.image.pid == 0 ? nil : ImageKey(record.image)
    switch RecordKind(rawValue: kind) {
    case .connect:
      return .connect(
        ConnectEvent(
          time: time, socket: socket, image: ImageKey(record.image), networkNamespace: namespace,
          local: local, remote: remote))
    case .accept:
      // 0 says nothing: an accept without an image has nothing to infer.
      let inferred = try flag(record.inferred, at: 107) ? true : nil
      return .accept(
        AcceptEvent(
          time: time, socket: socket, networkNamespace: namespace, local: local, remote: remote,
          image: knownImage, inferred: inferred))
    case .adopt:
      let outbound: Bool?
      switch Int32(record.outbound) {
      case HALFWIRE_OUTBOUND_NO: outbound = false
      case HALFWIRE_OUTBOUND_YES: outbound = true
      case HALFWIRE_OUTBOUND_UNKNOWN: outbound = nil
      default: throw .invalidField(offset: 104)
      }
      return .adopt(
        AdoptEvent(
          time: time, socket: socket, networkNamespace: namespace, local: local, remote: remote,
          outbound: outbound, image: knownImage))
    case .closed:
      guard let reason = CloseReason(code: record.close_reason) else {
        throw .invalidField(offset: 106)
      }
      return .closed(
        ClosedEvent(
          time: time, socket: socket, local: local, remote: remote,
          isEstablished: try flag(record.established, at: 105), reason: reason))
    default: throw .unknownKind(kind)
    }
  }

  static func fork(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> ForkEvent {
    try requireSize(MemoryLayout<halfwire_fork_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_fork_record.self)
    return ForkEvent(
      time: time, child: ImageKey(record.child).process, parent: ImageKey(record.parent).process)
  }

  static func exit(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> ExitEvent {
    try requireSize(MemoryLayout<halfwire_exit_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_exit_record.self)
    return ExitEvent(time: time, process: ImageKey(record.image).process)
  }

  static func lost(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> LostEvent {
    try requireSize(MemoryLayout<halfwire_lost_record>.size, of: bytes)
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_lost_record.self)
    guard let stage = LossStage(code: record.stage) else { throw .invalidField(offset: 24) }
    return LostEvent(time: time, records: record.records, stage: stage)
  }

  /// An endpoint; a socket without a family has no address yet and reads as 0.0.0.0.
  static func endpoint(
    _ raw: halfwire_endpoint, at offset: Int
  ) throws(DecodingError) -> Endpoint {
    // SAFETY: sixteen bytes either way, and every pattern of bits is a number.
    let (high, low) = unsafe unsafeBitCast(raw.address, to: (UInt64, UInt64).self)
    switch Int32(raw.family) {
    case HALFWIRE_FAMILY_IPV4:
      let number = UInt32(truncatingIfNeeded: UInt64(bigEndian: high) >> 32)
      return Endpoint(address: IPAddress(ipv4: number), port: raw.port)
    case HALFWIRE_FAMILY_IPV6:
      let address = IPAddress(
        high: UInt64(bigEndian: high), low: UInt64(bigEndian: low), scopeID: raw.scope_id)
      return Endpoint(address: address, port: raw.port)
    case HALFWIRE_FAMILY_NONE:
      return Endpoint(address: .unspecifiedIPv4, port: raw.port)
    default: throw .invalidField(offset: offset + 22)
    }
  }
}

extension SocketKey {
  init(_ raw: halfwire_socket) {
    self.init(cookie: raw.cookie, generation: raw.generation)
  }
}

extension ImageKey {
  init(_ raw: halfwire_image) {
    self.init(
      pid: raw.pid, start: KernelInstant(nanoseconds: raw.start_ns), execID: raw.exec_id)
  }
}

extension SocketMarks {
  /// Every mark that has a word.
  static let all: SocketMarks = [.kernelTLS, .multipath, .sockmap, .outOfBand, .repair]
}

extension CloseReason {
  /// `halfwire_close_reason`'s value.
  var code: UInt8 {
    switch self {
    case .unknown: 0
    case .fin: 1
    case .reset: 2
    case .abort: 3
    case .refused: 4
    case .unreachable: 5
    case .timeout: 6
    }
  }

  init?(code: UInt8) {
    switch code {
    case 0: self = .unknown
    case 1: self = .fin
    case 2: self = .reset
    case 3: self = .abort
    case 4: self = .refused
    case 5: self = .unreachable
    case 6: self = .timeout
    default: return nil
    }
  }
}

extension LossStage {
  /// The stage's number in `halfwire_lost_record`.
  var code: UInt8 {
    switch self {
    case .ring: 0
    case .decode: 1
    case .evicted: 2
    case .export: 3
    }
  }

  init?(code: UInt8) {
    switch code {
    case 0: self = .ring
    case 1: self = .decode
    case 2: self = .evicted
    case 3: self = .export
    default: return nil
    }
  }
}
