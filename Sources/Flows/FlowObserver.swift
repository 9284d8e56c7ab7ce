// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What the flow tables tell the analytics: the rare moments that a behaviour is judged by.
///
/// Bursts that are none of these cost no call.
public protocol FlowObserver {
  /// An outbound socket's request; several may make up one visit.
  mutating func requested(_ request: Request)
  /// An outbound connect that was never answered; its request was told before.
  mutating func failed(_ pair: Pair, on socket: Socket)
  /// A request and its answer are complete.
  mutating func exchanged(_ exchange: Exchange)
  /// An established outbound socket reached the age at which it is judged while open; told once.
  mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes)
  /// No more will be heard of the socket.
  mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes)
  /// An outbound socket's payload since it was last told: about once a minute of event time while
  /// it moves, and before its end.
  mutating func moved(_ movement: Movement, on socket: Socket)
  /// First payload bytes said more of the socket than was known.
  mutating func read(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes)
  /// A subject took a connection from outside; told at its first act on it.
  mutating func accepted(_ socket: Socket, by subject: SubjectID, at now: KernelInstant)
  /// A process began a new image; those that were found running are not told.
  mutating func executed(_ execution: Execution)
  /// A program began after its forebears heard from a remote; told some seconds after its exec.
  mutating func reacted(_ reaction: Reaction)
  /// This host answered a packet that belongs to no flow; the pair is the local address, which
  /// stands in for a process, and the remote address with any port.
  mutating func rejected(_ reset: ResetEvent, _ pair: Pair)
  /// A process image acts as a subject; told before its first act, and again when more is known.
  mutating func identified(_ actor: ActingImage)
  /// A better known identity took a subject's place, under the same number.
  mutating func renamed(_ number: SubjectID, to identity: Subject)
  /// A DNS answer was seen.
  mutating func resolved(_ name: NameEvent)
  /// What a live sensor's baseline knew of a subject from before this stream.
  mutating func recalled(_ baseline: BaselineEvent)
}

/// An observer need not care for everything.
extension FlowObserver {
  public mutating func moved(_ movement: Movement, on socket: Socket) {}
  public mutating func read(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
  public mutating func accepted(_ socket: Socket, by subject: SubjectID, at now: KernelInstant) {}
  public mutating func executed(_ execution: Execution) {}
  public mutating func reacted(_ reaction: Reaction) {}
  public mutating func rejected(_ reset: ResetEvent, _ pair: Pair) {}
  public mutating func identified(_ actor: ActingImage) {}
  public mutating func renamed(_ number: SubjectID, to identity: Subject) {}
  public mutating func resolved(_ name: NameEvent) {}
  public mutating func recalled(_ baseline: BaselineEvent) {}
}

/// A connect, or a burst of sends after it, towards a remote.
public struct Request: Hashable, Sendable {
  public enum Kind: Sendable {
    case connect, send
  }

  public var kind: Kind
  public var time: KernelInstant
  /// The acting subject and the remote.
  public var pair: Pair
  public var image: ImageKey
  public var socket: SocketID
  public var origin: Socket.Origin
  /// Who opened the socket, where known; the actor itself for most.
  public var opener: ImageKey?
  /// As far as known at the time.
  public var local: Endpoint
  public var remote: Endpoint
  /// The key of the destination's name, where the first bytes gave one by now.
  public var named: Destination?
  /// The remote is a proxy, and the name what it was asked for.
  public var isProxied: Bool
  public var traits: ActorTraits

  public init(
    kind: Kind, time: KernelInstant, pair: Pair, image: ImageKey, socket: SocketID,
    origin: Socket.Origin, opener: ImageKey?, local: Endpoint, remote: Endpoint,
    named: Destination? = nil, isProxied: Bool = false, traits: ActorTraits = ActorTraits()
  ) {
    self.kind = kind
    self.time = time
    self.pair = pair
    self.image = image
    self.socket = socket
    self.origin = origin
    self.opener = opener
    self.local = local
    self.remote = remote
    self.named = named
    self.isProxied = isProxied
    self.traits = traits
  }
}

/// Payload of one actor between two pauses of more than a second on one socket.
public struct Exchange: Hashable, Sendable {
  public var pair: Pair
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  /// The key of the destination's name, where one is known.
  public var named: Destination?

  public init(pair: Pair, sentBytes: UInt64, receivedBytes: UInt64, named: Destination? = nil) {
    self.pair = pair
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
    self.named = named
  }
}

/// What one actor moved on one socket since it was last told.
public struct Movement: Hashable, Sendable {
  public var pair: Pair
  public var image: ImageKey
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  /// Event time of the telling; the bytes moved in the minute or so before it.
  public var time: KernelInstant

  public init(
    pair: Pair, image: ImageKey, sentBytes: UInt64, receivedBytes: UInt64, time: KernelInstant
  ) {
    self.pair = pair
    self.image = image
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
    self.time = time
  }
}

/// An exec, with who led to it.
public struct Execution: Sendable {
  public var event: ProcessEvent
  /// Nearest first, at most `Ancestor.limit`.
  public var ancestors: [Ancestor]

  public init(event: ProcessEvent, ancestors: [Ancestor]) {
    self.event = event
    self.ancestors = ancestors
  }

  /// The executable as a number, as requests carry it; nil where no path is known.
  public var executable: UInt64? { ActorTraits.executable(event.facts) }
}

/// A process image that acts on sockets, with what is known of it at the time; nil is not known.
public struct ActingImage: Sendable {
  public var image: ImageKey
  public var number: SubjectID
  public var identity: Subject
  public var uid: UInt32?
  public var executable: ByteString?
  public var provenance: Provenance?
  /// Nearest first, at most `Ancestor.limit`.
  public var ancestors: [Ancestor]
  public var time: KernelInstant

  init(_ process: ProcessDescription, as number: SubjectID, _ identity: Subject, at: KernelInstant)
  {
    image = process.image
    self.number = number
    self.identity = identity
    uid = process.facts?.uid
    executable = process.facts?.executable
    provenance = process.provenance?.level
    ancestors = process.ancestors
    time = at
  }
}

/// A program that began after a pair's subject, or what started it, heard from the remote.
public struct Reaction: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The process that heard forked it, within 5 s of received bytes.
    case child
    /// It runs from where users can write, within 60 s of a visit, and descends from what started
    /// the visitor; `modified` in Unix nanoseconds.
    case file(modified: Int64?)
    /// The same for a program that was written to memory alone.
    case memory
  }

  public var pair: Pair
  public var kind: Kind
  /// Of the exec.
  public var time: KernelInstant
  /// Of the first visit in the minute before; nil for a child.
  public var visitedAt: KernelInstant?

  public init(pair: Pair, kind: Kind, time: KernelInstant, visitedAt: KernelInstant?) {
    self.pair = pair
    self.kind = kind
    self.time = time
    self.visitedAt = visitedAt
  }
}

/// Eight flags that observers keep with a socket.
public struct ObserverNotes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }
}

/// An observer that takes nothing in: flows alone, for traces whose totals are wanted.
public struct NoObserver: FlowObserver, Sendable {
  public init() {}

  public mutating func requested(_ request: Request) {}
  public mutating func failed(_ pair: Pair, on socket: Socket) {}
  public mutating func exchanged(_ exchange: Exchange) {}
  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
  public mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
}
