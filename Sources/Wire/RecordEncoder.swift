// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// Events to the records of halfwire_wire.h, for native traces.
public enum RecordEncoder {
  /// Appends the event's binary record to `buffer`.
  ///
  /// False, with `buffer` untouched, when no fixed layout says exactly this event: rare kinds, a
  /// socket with a foreign name, a number beyond its field. It is then written as a line of text.
  public static func append(_ event: Event, to buffer: inout [UInt8]) -> Bool {
    switch event {
    case .burst(let event): burst(event, &buffer)
    case .connect(let event):
      socket(
        .connect, event.time, event.socket, namespace: event.networkNamespace,
        image: event.image, local: event.local, remote: event.remote, &buffer)
    case .connected(let event):
      socket(.connected, event.time, event.socket, local: event.local, &buffer)
    case .accept(let event): accept(event, &buffer)
    case .adopt(let event): adopt(event, &buffer)
    case .closed(let event):
      socket(
        .closed, event.time, event.socket, local: event.local, remote: event.remote,
        established: event.isEstablished ? 1 : 0, reason: event.reason.code, &buffer)
    case .final(let event): totals(event, .final, &buffer)
    case .audit(let event): totals(event, .audit, &buffer)
    case .fork(let event): fork(event, &buffer)
    case .exit(let event): exit(event, &buffer)
    case .tick(let time): tick(time, &buffer)
    case .lost(let event): lost(event, &buffer)
    case .head(let event): head(event, &buffer)
    case .process, .context, .baseline, .reset, .name, .gap, .clock: false
    }
  }

  /// Appends the header of a text record that `count` bytes follow.
  ///
  /// False when the record would be longer than the format allows.
  public static func appendTextHeader(
    _ kind: RecordKind, time: KernelInstant, count: Int, to buffer: inout [UInt8]
  ) -> Bool {
    guard count >= 0, count <= RecordKind.limitBytes - RecordKind.headerBytes else { return false }
    append(
      halfwire_header(kind, time, UInt32(truncatingIfNeeded: RecordKind.headerBytes + count)),
      to: &buffer)
    return true
  }

  private static func burst(_ event: BurstEvent, _ buffer: inout [UInt8]) -> Bool {
    guard let socket = halfwire_socket(event.socket, namespace: 0) else { return false }
    var record = halfwire_burst_record()
    record.header = halfwire_header(.burst, event.last, sizeOf: halfwire_burst_record.self)
    record.socket = socket
    record.image = halfwire_image(event.image)
    record.first_ns = event.first.nanoseconds
    record.sent_bytes = event.sentBytes
    record.received_bytes = event.receivedBytes
    record.sends = event.sends
    record.receives = event.receives
    record.kernel_thread = event.isKernelThread ? 1 : 0
    append(record, to: &buffer)
    return true
  }

  private static func accept(_ event: AcceptEvent, _ buffer: inout [UInt8]) -> Bool {
    // An image with pid 0 reads as none, and the field has no third value for a written "false".
    guard event.image?.pid != 0, event.inferred != false else { return false }
    return socket(
      .accept, event.time, event.socket, namespace: event.networkNamespace, image: event.image,
      local: event.local, remote: event.remote, inferred: event.inferred == true ? 1 : 0, &buffer)
  }

  private static func adopt(_ event: AdoptEvent, _ buffer: inout [UInt8]) -> Bool {
    guard event.image?.pid != 0 else { return false }
    let outbound =
      switch event.outbound {
      case false?: HALFWIRE_OUTBOUND_NO
      case true?: HALFWIRE_OUTBOUND_YES
      case nil: HALFWIRE_OUTBOUND_UNKNOWN
      }
    return socket(
      .adopt, event.time, event.socket, namespace: event.networkNamespace, image: event.image,
      local: event.local, remote: event.remote, outbound: UInt8(truncatingIfNeeded: outbound),
      &buffer)
  }

  private static func socket(
    _ kind: RecordKind, _ time: KernelInstant, _ key: SocketKey, namespace: UInt64 = 0,
    image: ImageKey? = nil, local: Endpoint, remote: Endpoint? = nil, outbound: UInt8 = 0,
    established: UInt8 = 0, reason: UInt8 = 0, inferred: UInt8 = 0, _ buffer: inout [UInt8]
  ) -> Bool {
    guard let socket = halfwire_socket(key, namespace: namespace) else { return false }
    var record = halfwire_socket_record()
    record.header = halfwire_header(kind, time, sizeOf: halfwire_socket_record.self)
    record.socket = socket
    if let image { record.image = halfwire_image(image) }
    record.local = halfwire_endpoint(local)
    if let remote { record.remote = halfwire_endpoint(remote) }
    record.outbound = outbound
    record.established = established
    record.close_reason = reason
    record.inferred = inferred
    append(record, to: &buffer)
    return true
  }

  private static func totals(
    _ event: FinalEvent, _ kind: RecordKind, _ buffer: inout [UInt8]
  ) -> Bool {
    guard let socket = halfwire_socket(event.socket, namespace: 0),
      SocketMarks.all.isSuperset(of: event.marks)
    else { return false }
    var record = halfwire_final_record()
    record.header = halfwire_header(kind, event.time, sizeOf: halfwire_final_record.self)
    record.socket = socket
    record.written_bytes = event.writtenBytes
    record.read_bytes = event.readBytes
    record.unsent_bytes = event.unsentBytes
    record.unread_bytes = event.unreadBytes
    record.marks = event.marks.rawValue
    record.lost_bursts = event.lostBursts
    append(record, to: &buffer)
    return true
  }

  private static func head(_ event: HeadEvent, _ buffer: inout [UInt8]) -> Bool {
    guard let socket = halfwire_socket(event.socket, namespace: 0),
      let offset = UInt32(exactly: event.offset), let count = UInt16(exactly: event.data.count),
      event.data.count <= RecordKind.limitBytes - MemoryLayout<halfwire_head_record>.size
    else { return false }
    var record = halfwire_head_record()
    let length = MemoryLayout<halfwire_head_record>.size + event.data.count
    record.header = halfwire_header(.head, event.time, UInt32(truncatingIfNeeded: length))
    record.socket = socket
    record.offset = offset
    record.data_bytes = count
    record.direction = event.direction.code
    append(record, to: &buffer)
    buffer.append(contentsOf: event.data)
    return true
  }

  private static func fork(_ event: ForkEvent, _ buffer: inout [UInt8]) -> Bool {
    var record = halfwire_fork_record()
    record.header = halfwire_header(.fork, event.time, sizeOf: halfwire_fork_record.self)
    record.child = halfwire_image(event.child)
    record.parent = halfwire_image(event.parent)
    append(record, to: &buffer)
    return true
  }

  private static func exit(_ event: ExitEvent, _ buffer: inout [UInt8]) -> Bool {
    var record = halfwire_exit_record()
    record.header = halfwire_header(.exit, event.time, sizeOf: halfwire_exit_record.self)
    record.image = halfwire_image(event.process)
    append(record, to: &buffer)
    return true
  }

  private static func tick(_ time: KernelInstant, _ buffer: inout [UInt8]) -> Bool {
    append(halfwire_header(.tick, time, sizeOf: halfwire_header.self), to: &buffer)
    return true
  }

  private static func lost(_ event: LostEvent, _ buffer: inout [UInt8]) -> Bool {
    var record = halfwire_lost_record()
    record.header = halfwire_header(.lost, event.time, sizeOf: halfwire_lost_record.self)
    record.records = event.records
    record.stage = event.stage.code
    append(record, to: &buffer)
    return true
  }

  private static func append<Layout: BitwiseCopyable>(_ record: Layout, to buffer: inout [UInt8]) {
    // SAFETY: the layouts have no padding (the header's assertions) and begin zeroed.
    unsafe withUnsafeBytes(of: record) { bytes in unsafe buffer.append(contentsOf: bytes) }
  }
}

extension halfwire_header {
  fileprivate init(_ kind: RecordKind, _ time: KernelInstant, _ length: UInt32) {
    self.init(
      kind: kind.rawValue, version: UInt8(HALFWIRE_WIRE_VERSION), reserved: 0,
      length_bytes: length, time_ns: time.nanoseconds)
  }

  fileprivate init<Layout>(_ kind: RecordKind, _ time: KernelInstant, sizeOf: Layout.Type) {
    self.init(kind, time, UInt32(truncatingIfNeeded: MemoryLayout<Layout>.size))
  }
}

extension halfwire_socket {
  /// Nil for a foreign name and for numbers wider than the record's fields.
  fileprivate init?(_ key: SocketKey, namespace: UInt64) {
    guard key.label == nil, let generation = UInt32(exactly: key.generation),
      let inode = UInt32(exactly: namespace)
    else { return nil }
    self.init(cookie: key.cookie, generation: generation, netns_inode: inode)
  }
}

extension halfwire_image {
  fileprivate init(_ key: ImageKey) {
    self.init(
      start_ns: key.start.nanoseconds, exec_id: key.execID, pid: key.pid, reserved: 0)
  }

  fileprivate init(_ key: ProcessKey) {
    self.init(start_ns: key.start.nanoseconds, exec_id: 0, pid: key.pid, reserved: 0)
  }
}

extension halfwire_endpoint {
  fileprivate init(_ endpoint: Endpoint) {
    self.init()
    let address = endpoint.address
    let numbers =
      address.isIPv4
      ? (UInt64(bigEndian: address.low << 32), UInt64(0))
      : (UInt64(bigEndian: address.high), UInt64(bigEndian: address.low))
    // SAFETY: sixteen bytes either way, and every pattern of bits is a number.
    self.address = unsafe unsafeBitCast(numbers, to: type(of: self.address))
    scope_id = address.scopeID
    port = endpoint.port
    family = UInt8(truncatingIfNeeded: address.isIPv4 ? HALFWIRE_FAMILY_IPV4 : HALFWIRE_FAMILY_IPV6)
  }
}
