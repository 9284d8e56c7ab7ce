// SPDX-License-Identifier: Apache-2.0

import Wire

// Lines about sockets to events.
extension LineFields {
  func time(_ key: LineKey = .t) throws(LineError) -> KernelInstant {
    KernelInstant(nanoseconds: try number(key))
  }

  func processKey() throws(LineError) -> ProcessKey {
    ProcessKey(
      pid: try number(.pid), start: KernelInstant(nanoseconds: try numberOrUnknown(.start)))
  }

  /// The actor of a socket's event; nobody known is pid 0.
  private func actor() throws(LineError) -> ImageKey {
    ImageKey(
      pid: try numberOrUnknown(.pid),
      start: KernelInstant(nanoseconds: try numberOrUnknown(.start)),
      execID: try numberOrUnknown(.execID))
  }

  private func optionalActor() throws(LineError) -> ImageKey? {
    guard let pid: UInt32 = try optionalNumber(.pid) else { return nil }
    return ImageKey(
      pid: pid, start: KernelInstant(nanoseconds: try optionalNumber(.start) ?? 0),
      execID: try optionalNumber(.execID) ?? 0)
  }

  func burst(_ line: Span<UInt8>) throws(LineError) -> BurstEvent {
    BurstEvent(
      socket: try socket(line), image: try actor(), first: try time(.first),
      last: try time(.last), sentBytes: try number(.sent), receivedBytes: try number(.received),
      sends: try number(.sends), receives: try number(.receives),
      isKernelThread: try optionalBoolean(.kernel) ?? false)
  }

  func connect(_ line: Span<UInt8>) throws(LineError) -> ConnectEvent {
    ConnectEvent(
      time: try time(), socket: try socket(line), image: try actor(),
      networkNamespace: try numberOrUnknown(.netns), local: try endpoint(.local, line),
      remote: try endpoint(.remote, line))
  }

  func accept(_ line: Span<UInt8>) throws(LineError) -> AcceptEvent {
    AcceptEvent(
      time: try time(), socket: try socket(line), networkNamespace: try numberOrUnknown(.netns),
      local: try endpoint(.local, line), remote: try endpoint(.remote, line),
      image: try optionalActor(), inferred: try optionalBoolean(.inferred))
  }

  func adopt(_ line: Span<UInt8>) throws(LineError) -> AdoptEvent {
    _ = try required(.outbound)
    return AdoptEvent(
      time: try time(), socket: try socket(line), networkNamespace: try numberOrUnknown(.netns),
      local: try endpoint(.local, line), remote: try endpoint(.remote, line),
      outbound: try optionalBoolean(.outbound), image: try optionalActor())
  }

  func closed(_ line: Span<UInt8>) throws(LineError) -> ClosedEvent {
    ClosedEvent(
      time: try time(), socket: try socket(line), local: try endpoint(.local, line),
      remote: try endpoint(.remote, line), isEstablished: try boolean(.established),
      reason: try word(.reason, line))
  }

  func final(_ line: Span<UInt8>) throws(LineError) -> FinalEvent {
    var marks: SocketMarks = []
    try Self.forEachElement(of: try required(.marks), .marks, line) { element throws(LineError) in
      let known = SocketMarks.words.first { word in
        element.form == .string && Self.equal(element, word.word, line)
      }
      guard let known else {
        throw LineError(offset: element.offset, fault: .unknownWord(.marks))
      }
      marks.insert(known.mark)
    }
    return FinalEvent(
      time: try time(), socket: try socket(line), writtenBytes: try number(.written),
      readBytes: try number(.read), unsentBytes: try number(.unsent),
      unreadBytes: try number(.unread), marks: marks,
      lostBursts: try optionalNumber(.lostBursts) ?? 0)
  }

  func head(_ line: Span<UInt8>) throws(LineError) -> HeadEvent {
    HeadEvent(
      time: try time(), socket: try socket(line), direction: try word(.direction, line),
      offset: try number(.offset), data: try data(.data, line))
  }

  func reset(_ line: Span<UInt8>) throws(LineError) -> ResetEvent {
    ResetEvent(
      time: try time(), networkNamespace: try numberOrUnknown(.netns),
      local: try endpoint(.local, line), remote: try endpoint(.remote, line))
  }

  func nameEvent(_ line: Span<UInt8>) throws(LineError) -> NameEvent {
    NameEvent(
      time: try time(), networkNamespace: try numberOrUnknown(.netns),
      name: try text(.name, line), address: try address(.address, line),
      ttlSeconds: try number(.ttl))
  }
}
