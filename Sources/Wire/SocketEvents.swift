// SPDX-License-Identifier: Apache-2.0

/// An active open was attempted.
public struct ConnectEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var image: ImageKey
  /// The network namespace's inode; 0 unknown.
  public var networkNamespace: UInt64
  public var local: Endpoint
  public var remote: Endpoint

  public init(
    time: KernelInstant, socket: SocketKey, image: ImageKey, networkNamespace: UInt64,
    local: Endpoint, remote: Endpoint
  ) {
    self.time = time
    self.socket = socket
    self.image = image
    self.networkNamespace = networkNamespace
    self.local = local
    self.remote = remote
  }
}

/// The active open was answered.
public struct ConnectedEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var local: Endpoint

  public init(time: KernelInstant, socket: SocketKey, local: Endpoint) {
    self.time = time
    self.socket = socket
    self.local = local
  }
}

/// A passive open; its opener is at best inferred from the first actor.
public struct AcceptEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var networkNamespace: UInt64
  public var local: Endpoint
  public var remote: Endpoint
  public var image: ImageKey?
  /// The trace's `inferred`, nil where it was not written.
  public var inferred: Bool?

  public init(
    time: KernelInstant, socket: SocketKey, networkNamespace: UInt64, local: Endpoint,
    remote: Endpoint, image: ImageKey? = nil, inferred: Bool? = nil
  ) {
    self.time = time
    self.socket = socket
    self.networkNamespace = networkNamespace
    self.local = local
    self.remote = remote
    self.image = image
    self.inferred = inferred
  }
}

/// The socket existed before the sensor knew it; its counts start at 0 here.
public struct AdoptEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var networkNamespace: UInt64
  public var local: Endpoint
  public var remote: Endpoint
  /// Who opened it, where that is known at all.
  public var outbound: Bool?
  public var image: ImageKey?

  public init(
    time: KernelInstant, socket: SocketKey, networkNamespace: UInt64, local: Endpoint,
    remote: Endpoint, outbound: Bool?, image: ImageKey? = nil
  ) {
    self.time = time
    self.socket = socket
    self.networkNamespace = networkNamespace
    self.local = local
    self.remote = remote
    self.outbound = outbound
    self.image = image
  }
}

/// A snapshot of one actor's current burst on one socket.
///
/// `first` and `last` are the burst's operations; the counts are cumulative for this actor on
/// this socket, so a lost record costs time resolution and never a byte.
public struct BurstEvent: Hashable, Sendable {
  public var socket: SocketKey
  public var image: ImageKey
  public var first: KernelInstant
  public var last: KernelInstant
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  public var sends: UInt64
  public var receives: UInt64
  /// A kernel thread acted (NFS, CIFS, nvme-tcp).
  public var isKernelThread: Bool

  public init(
    socket: SocketKey, image: ImageKey, first: KernelInstant, last: KernelInstant,
    sentBytes: UInt64, receivedBytes: UInt64, sends: UInt64, receives: UInt64,
    isKernelThread: Bool = false
  ) {
    self.socket = socket
    self.image = image
    self.first = first
    self.last = last
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
    self.sends = sends
    self.receives = receives
    self.isKernelThread = isKernelThread
  }
}

/// Which way payload went, seen from this host.
public enum Direction: String, CaseIterable, Sendable {
  case sent, received
}

/// First payload bytes of one direction: one piece, in order.
public struct HeadEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var direction: Direction
  public var offset: UInt64
  public var data: [UInt8]

  public init(
    time: KernelInstant, socket: SocketKey, direction: Direction, offset: UInt64, data: [UInt8]
  ) {
    self.time = time
    self.socket = socket
    self.direction = direction
    self.offset = offset
    self.data = data
  }
}

/// Why a connection ended; the raw value is trace.md's word.
public enum CloseReason: String, BitwiseCopyable, CaseIterable, Sendable {
  case fin, reset, abort, refused, unreachable, timeout, unknown
}

/// The connection ended; reads of what had arrived may follow.
public struct ClosedEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var local: Endpoint
  public var remote: Endpoint
  public var isEstablished: Bool
  public var reason: CloseReason

  public init(
    time: KernelInstant, socket: SocketKey, local: Endpoint, remote: Endpoint,
    isEstablished: Bool, reason: CloseReason
  ) {
    self.time = time
    self.socket = socket
    self.local = local
    self.remote = remote
    self.isEstablished = isEstablished
    self.reason = reason
  }
}

/// Why a socket's totals cannot be compared with its actors' sums.
public struct SocketMarks: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let kernelTLS = SocketMarks(rawValue: 1)
  public static let multipath = SocketMarks(rawValue: 2)
  public static let sockmap = SocketMarks(rawValue: 4)
  public static let outOfBand = SocketMarks(rawValue: 8)
  public static let repair = SocketMarks(rawValue: 16)

  /// Each mark with trace.md's word for it, in the order they are written.
  public static let words: [(mark: SocketMarks, word: String)] = [
    (.kernelTLS, "ktls"), (.multipath, "mptcp"), (.sockmap, "sockmap"), (.outOfBand, "oob"),
    (.repair, "repair"),
  ]
}

/// The socket is gone: the kernel's own totals in the application's view.
public struct FinalEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var socket: SocketKey
  public var writtenBytes: UInt64
  public var readBytes: UInt64
  public var unsentBytes: UInt64
  public var unreadBytes: UInt64
  public var marks: SocketMarks
  /// Last snapshots of this socket's actors that the full ring refused.
  public var lostBursts: UInt32

  public init(
    time: KernelInstant, socket: SocketKey, writtenBytes: UInt64, readBytes: UInt64,
    unsentBytes: UInt64, unreadBytes: UInt64, marks: SocketMarks, lostBursts: UInt32 = 0
  ) {
    self.time = time
    self.socket = socket
    self.writtenBytes = writtenBytes
    self.readBytes = readBytes
    self.unsentBytes = unsentBytes
    self.unreadBytes = unreadBytes
    self.marks = marks
    self.lostBursts = lostBursts
  }
}

/// This host answered a packet that belongs to no flow.
public struct ResetEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var networkNamespace: UInt64
  public var local: Endpoint
  public var remote: Endpoint

  public init(time: KernelInstant, networkNamespace: UInt64, local: Endpoint, remote: Endpoint) {
    self.time = time
    self.networkNamespace = networkNamespace
    self.local = local
    self.remote = remote
  }
}
