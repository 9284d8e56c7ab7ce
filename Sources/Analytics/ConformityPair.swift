// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Protocols
public import Wire

/// What a pair's connections said first, and what their program did before; constant size.
struct ConformityPair: BitwiseCopyable, Sendable {
  private var firstSeen: KernelInstant
  private(set) var lastSeen: KernelInstant
  private var keeping: UInt64 = 0
  private var breaking: UInt64 = 0
  private var seen: ApplicationProtocol?
  private var isServerFirst: Bool?
  private var quietDays: Int?
  private var actor: LastActor?
  private var connections = RecentConnections<10>()

  init(_ now: KernelInstant) {
    firstSeen = now
    lastSeen = now
  }

  /// Nil before any connection was judged.
  var contradicts: Bool? {
    if breaking > 0 { return true }
    return keeping > 0 ? false : nil
  }

  /// Counts a connection once.
  mutating func note(
    _ socket: Socket, _ image: ImageKey, isKept: Bool, at now: KernelInstant
  ) {
    lastSeen = max(lastSeen, now)
    connections.note(socket)
    if isKept {
      keeping += 1
      return
    }
    breaking += 1
    actor = LastActor(image, on: socket)
    seen = (socket.reading?.sent ?? socket.reading?.received)?.application
    isServerFirst = socket.reading.map { $0.sent == nil }
  }

  /// What became of a connection that was counted.
  mutating func update(_ socket: Socket, at now: KernelInstant) {
    lastSeen = max(lastSeen, now)
    connections.update(socket)
  }

  mutating func note(_ request: Request, quietDays days: Int) {
    lastSeen = max(lastSeen, request.time)
    quietDays = days
    actor = LastActor(image: request.image, opener: request.opener, origin: request.origin)
  }

  func isStale(_ now: KernelInstant) -> Bool {
    now.nanoseconds(since: lastSeen) > 14 * 86_400_000_000_000
  }

  /// Nil where nothing was out of the ordinary.
  func evidence(_ port: UInt16) -> NonconformingEvidence? {
    guard let actor else { return nil }
    return NonconformingEvidence(
      firstSeen: firstSeen, lastSeen: lastSeen, image: actor.image, opener: actor.opener,
      origin: actor.origin, promise: PortPromise.word(port), seen: seen,
      contradictingSockets: breaking, conformingSockets: keeping, isServerFirst: isServerFirst,
      quietDays: quietDays, resets: nil, connections: connections.all)
  }
}

/// The facts of a nonconforming finding; nil is not known, or not what it is about.
public struct NonconformingEvidence: BehaviourEvidence, Sendable {
  public var firstSeen: KernelInstant
  public var lastSeen: KernelInstant
  public var image: ImageKey
  public var opener: ImageKey?
  public var origin: Socket.Origin
  /// What the port promises, in a word.
  public var promise: String?
  /// What the last contradicting connection said instead.
  public var seen: ApplicationProtocol?
  public var contradictingSockets: UInt64
  public var conformingSockets: UInt64
  /// On the last contradicting connection nothing sent was seen before the server spoke.
  public var isServerFirst: Bool?
  /// Days on which the executable ran before it first used the network.
  public var quietDays: Int?
  public var resets: ResetEvidence?
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var idleSeconds: Double { 3_600 }
}

/// Packets of one remote that belong to no flow.
public struct ResetEvidence: Hashable, Sendable {
  /// Distinct, within a day, at most 64.
  public var localPorts: Int
  public var peakPerMinute: UInt64
  public var total: UInt64
  /// From a private, link-local or loopback address: a neighbour, not the internet's noise.
  public var isFromPrivate: Bool
}

extension ConformityPair: SavedPair {
  static var empty: ConformityPair { ConformityPair(.zero) }

  var keptSeconds: Double { 14 * 86_400 }

  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&firstSeen)
    carrier.carry(&lastSeen)
    carrier.carry(count: &keeping)
    carrier.carry(count: &breaking)
    carrier.carry(&seen, or: .binary) { seen, carrier in
      carrier.carry(&seen, of: ApplicationProtocol.allCases)
    }
    carrier.carry(&isServerFirst, or: false) { isFirst, carrier in carrier.carry(&isFirst) }
    carrier.carry(&quietDays, or: 0) { days, carrier in carrier.carry(count: &days) }
    carrier.carry(&actor)
    carrier.carry(&connections)
  }
}
