// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What a pair's web sockets sent and got back so far; constant size.
struct OneWayPair: BitwiseCopyable, Sendable {
  private(set) var sockets: UInt64 = 0
  private(set) var oneWaySockets: UInt64 = 0
  private var answeredSockets: UInt64 = 0
  private var singleExchangeSockets: UInt64 = 0
  private var firstOneWay: KernelInstant?
  private var lastOneWay: KernelInstant?
  private var lastAnswered: KernelInstant?
  private var lastSeen: KernelInstant = .zero
  private var sentBytes: UInt64 = 0
  private var receivedBytes: UInt64 = 0
  private var lastTraffic: OneWayTraffic?
  private var source: (image: ImageKey, opener: ImageKey?, origin: Socket.Origin)?
  private var connections = RecentConnections<10>()

  /// From the first one-way socket's opening to the last one's.
  var windowSeconds: Double {
    guard let firstOneWay, let lastOneWay else { return 0 }
    return Double(lastOneWay.nanoseconds(since: firstOneWay)) / 1e9
  }

  /// Counts a socket once: one that was judged while open is only corrected at its end.
  mutating func note(
    _ socket: Socket, _ traffic: OneWayTraffic, _ image: ImageKey, at now: KernelInstant,
    notes: inout ObserverNotes
  ) {
    lastSeen = max(lastSeen, now)
    if notes.contains(OneWay.countedOneWay) {
      guard !traffic.isOneWay else { return }
      oneWaySockets -= min(oneWaySockets, 1)
      answeredSockets += 1
      lastAnswered = now
      notes = OneWay.countedAnswered
      return
    }
    if notes.contains(OneWay.countedAnswered) {
      lastAnswered = now
      return
    }
    sockets += 1
    if traffic.isOneWay {
      noteOneWay(socket, traffic, image)
      notes.insert(OneWay.countedOneWay)
    } else {
      answeredSockets += 1
      lastAnswered = now
      if socket.hasSingleExchange { singleExchangeSockets += 1 }
      notes.insert(OneWay.countedAnswered)
    }
  }

  private mutating func noteOneWay(
    _ socket: Socket, _ traffic: OneWayTraffic, _ image: ImageKey
  ) {
    oneWaySockets += 1
    firstOneWay = min(firstOneWay ?? socket.openedAt, socket.openedAt)
    lastOneWay = max(lastOneWay ?? socket.openedAt, socket.openedAt)
    sentBytes &+= traffic.sentBytes
    receivedBytes &+= traffic.returnedBytes
    lastTraffic = traffic
    source = (image, socket.opener, socket.origin)
    connections.note(
      RecentConnection(
        socket: SocketID(socket.key), openedAt: socket.openedAt, local: socket.local,
        remote: socket.remote, state: RecentConnection.State(socket)))
  }

  /// Kept for 14 days: a sender that calls once a day is still counted.
  func isStale(_ now: KernelInstant) -> Bool {
    now.nanoseconds(since: lastSeen) > 14 * 86_400_000_000_000
  }

  /// Nil before the first one-way socket.
  var evidence: OneWayEvidence? {
    guard let firstOneWay, let lastTraffic, let source else { return nil }
    return OneWayEvidence(
      firstSeen: firstOneWay, lastSeen: lastSeen, image: source.image, opener: source.opener,
      origin: source.origin, sockets: sockets, oneWaySockets: oneWaySockets,
      answeredSockets: answeredSockets, singleExchangeSockets: singleExchangeSockets,
      windowSeconds: windowSeconds,
      lastAnsweredSecondsAgo: lastAnswered.map {
        Double(lastSeen.nanoseconds(since: $0)) / 1e9
      },
      sentBytes: sentBytes, receivedBytes: receivedBytes, lastTraffic: lastTraffic,
      connections: connections.all)
  }
}

/// The numbers of a one-way finding.
public struct OneWayEvidence: BehaviourEvidence, Sendable {
  public var firstSeen: KernelInstant
  public var lastSeen: KernelInstant
  public var image: ImageKey
  public var opener: ImageKey?
  public var origin: Socket.Origin
  /// Web sockets that sent.
  public var sockets: UInt64
  public var oneWaySockets: UInt64
  public var answeredSockets: UInt64
  /// Answered sockets that asked once and never sent again: what a poller looks like.
  public var singleExchangeSockets: UInt64
  public var windowSeconds: Double
  /// Nil where the pair was never answered.
  public var lastAnsweredSecondsAgo: Double?
  /// Of the one-way sockets, as of when each was judged.
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  public var lastTraffic: OneWayTraffic
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var idleSeconds: Double {
    max(3 * windowSeconds / Double(max(oneWaySockets, 2) - 1), 3_600)
  }
}
