// SPDX-License-Identifier: Apache-2.0

public import Wire

/// One life of one socket, as the events so far tell it.
public struct Socket: Sendable {
  /// How the table came to know it.
  public enum Origin: BitwiseCopyable, Sendable {
    case connect, accept, adopt
    /// Met by a burst: its opening was lost or evicted.
    case burst
  }

  /// Who opened the connection, seen from this host; the raw value is a metric label.
  public enum Role: String, CaseIterable, Sendable {
    case outbound, inbound, unknown
  }

  public let key: SocketKey
  public let origin: Origin
  public let role: Role
  public let networkNamespace: UInt64
  public internal(set) var local: Endpoint
  public internal(set) var remote: Endpoint
  /// Nil while the remote is not known.
  public internal(set) var scope: DestinationScope?
  /// The remote is on this host, and passes on to the outside what it takes.
  var isForwarded = false
  /// The process that opened it, where that is known.
  public let opener: ImageKey?
  public let openerSubject: SubjectID?
  /// A passive socket's opener is its first actor.
  public let isOpenerInferred: Bool
  public let openedAt: KernelInstant
  public internal(set) var connectedAt: KernelInstant?
  public internal(set) var lastActivity: KernelInstant
  public internal(set) var closedAt: KernelInstant?
  public internal(set) var closeReason: CloseReason?
  /// Nil while nothing tells.
  public internal(set) var isEstablished: Bool?
  /// What the first payload bytes say; nil where no event brought any.
  public internal(set) var reading: SocketReading?
  /// What DNS called the remote when the connection was opened.
  public internal(set) var resolvedName: String?
  /// Bytes of all actors together.
  public internal(set) var sentBytes: UInt64 = 0
  public internal(set) var receivedBytes: UInt64 = 0
  /// When those of the last seconds came.
  public internal(set) var receipts = ReceiptTimes()
  /// A process that hears on it had to forget it: its next bytes are told to the process anew.
  var isForgotten = false
  /// Received and never read, as the kernel said at the end.
  public internal(set) var unreadBytes: UInt64 = 0

  /// The process that used it first; most sockets know no other.
  public internal(set) var firstActor: SocketActor?
  public internal(set) var furtherActors: [SocketActor] = []

  /// The end of the connect's own request, moved on by sends that follow without a pause.
  var openingUntil: KernelInstant = .zero
  /// What of its bytes the kernel counted and no actor's record told: lost records, for example.
  public internal(set) var unattributedSentBytes: UInt64 = 0
  public internal(set) var unattributedReceivedBytes: UInt64 = 0
  /// It is already counted among the mismatches.
  var isMismatchCounted = false
  /// Snapshots of this socket are compared with the kernel's totals at the end.
  var isComparable: Bool
  var notes: ObserverNotes = []
  var isAgeReported = false
  /// Bytes, both ways together, that observers were told of.
  var toldBytes: UInt64 = 0

  /// Four actors by slot, the unattributed rest, a kernel thread, and room for a re-exec.
  static let actorLimit = 8

  init(
    key: SocketKey, origin: Origin, role: Role, networkNamespace: UInt64, local: Endpoint,
    remote: Endpoint, opener: ImageKey?, openerSubject: SubjectID?, isOpenerInferred: Bool,
    openedAt: KernelInstant
  ) {
    self.key = key
    self.origin = origin
    self.role = role
    self.networkNamespace = networkNamespace
    self.local = local
    self.remote = remote
    self.opener = opener
    self.openerSubject = openerSubject
    self.isOpenerInferred = isOpenerInferred
    self.openedAt = openedAt
    lastActivity = openedAt
    isComparable = origin != .burst
    scope = remote.isKnown ? DestinationScope(remote.address) : nil
  }

  /// The key of the remote; nil while that is unknown.
  public var destination: Destination? {
    guard scope != nil else { return nil }
    return isForwarded
      ? Destination(forwarderAt: remote) : Destination(remote, seenIn: networkNamespace)
  }

  /// The key of what a proxy was asked for where the remote is one, else of the remote.
  public var target: Destination? {
    guard let reading, reading.isProxied, let named = reading.named else { return destination }
    return named
  }

  /// The pair an acting subject forms with this socket's remote; nil while the remote is unknown.
  public func pair(of subject: SubjectID) -> Pair? {
    destination.map { Pair(subject: subject, destination: $0) }
  }

  /// How far what is sent on it goes, a local forwarder's way included; nil while the remote is not
  /// known.
  public var destinationScope: DestinationScope? { isForwarded ? .external : scope }

  /// The key of the name that its first bytes gave; at its end else of what DNS called the remote.
  public func named(isOver: Bool) -> Destination? {
    if let named = reading?.named { return named }
    guard isOver, let resolvedName, let scope = destinationScope else { return nil }
    return Destination(name: resolvedName, port: remote.port, scope: scope)
  }

  /// It asked once, at its beginning, and received more than it sent.
  public var hasSingleExchange: Bool {
    guard let firstActor, furtherActors.isEmpty else { return false }
    return firstActor.sends > 0 && firstActor.sentBytes == sentBytes && receivedBytes > sentBytes
      && firstActor.lastSend <= openingUntil
  }

  /// The process that sent most, else the opener: who the socket is charged to as a whole.
  public var principal: (image: ImageKey, subject: SubjectID)? {
    var best = firstActor
    for actor in furtherActors where actor.sentBytes > (best?.sentBytes ?? 0) { best = actor }
    if let best, best.sentBytes > 0 { return (best.image, best.subject) }
    if let opener, let openerSubject { return (opener, openerSubject) }
    return best.map { ($0.image, $0.subject) }
  }
}

extension Endpoint {
  /// Port 0 means "not yet known".
  var isKnown: Bool { port != 0 }
}

/// One process image's use of one socket.
public struct SocketActor: Sendable {
  public let image: ImageKey
  public let subject: SubjectID
  public let isKernelThread: Bool
  /// Cumulative, the largest snapshot seen.
  public internal(set) var sentBytes: UInt64 = 0
  public internal(set) var receivedBytes: UInt64 = 0
  public internal(set) var sends: UInt64 = 0
  public internal(set) var receives: UInt64 = 0

  /// The counter of its executable's name.
  var nameSlot: Int32
  /// Start of the last burst that sent, and its last operation.
  var lastBurstStart: KernelInstant = .zero
  var lastSend: KernelInstant = .zero
  /// What of its bytes observers were told.
  var toldSentBytes: UInt64 = 0
  var toldReceivedBytes: UInt64 = 0
  /// The counts when the current exchange began; nil before the first.
  var exchangeStart: (sentBytes: UInt64, receivedBytes: UInt64)?

  init(image: ImageKey, subject: SubjectID, isKernelThread: Bool, nameSlot: Int32) {
    self.image = image
    self.subject = subject
    self.isKernelThread = isKernelThread
    self.nameSlot = nameSlot
  }
}
