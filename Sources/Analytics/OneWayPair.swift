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
  /// How many seconds before this boot these were, where they were before it: the three above, then
  /// the first and the last poll.
  private var before = InlineArray<5, Double>(repeating: 0)
  private(set) var lastSeen: KernelInstant = .zero
  private var sentBytes: UInt64 = 0
  private var receivedBytes: UInt64 = 0
  private var lastTraffic: OneWayTraffic?
  private var source: LastActor?
  /// The first and the last connection that asked once and downloaded.
  private var firstPoll: KernelInstant?
  private var lastPoll: KernelInstant?
  /// Not carried over a restart: a finding that was open is to be heard of soon after it.
  private var lastPollSignal: KernelInstant?
  private var connections = RecentConnections<10>()

  /// From the first one-way socket's opening to the last one's.
  var windowSeconds: Double {
    guard let firstOneWay, let lastOneWay else { return 0 }
    return (lastOneWay.seconds - before[1]) - (firstOneWay.seconds - before[0])
  }

  /// A connection that was there before the sensor, and that an earlier run of it has counted.
  ///
  /// The cookies of another boot name other sockets; what was opened before this boot is carried as
  /// opened at its beginning.
  func recall(_ socket: Socket, notes: inout ObserverNotes) {
    guard socket.origin == .adopt, notes.isDisjoint(with: [.countedOneWay, .countedAnswered]),
      connections.all.contains(where: {
        $0.socket.cookie == socket.key.cookie && $0.remote == socket.remote && $0.openedAt > .zero
      })
    else { return }
    // Polls are remembered only as long as nothing is one-way.
    notes.insert(firstOneWay == nil ? .countedAnswered : .countedOneWay)
  }

  /// Counts a socket once: one that was judged while open is only corrected at its end.
  ///
  /// One that is undecided does not count.
  mutating func note(
    _ socket: Socket, _ traffic: OneWayTraffic, _ image: ImageKey, at now: KernelInstant,
    notes: inout ObserverNotes
  ) {
    lastSeen = max(lastSeen, now)
    if notes.contains(.countedAnswered) {
      noteAnswer(at: now)
      return
    }
    if notes.contains(.countedOneWay) {
      guard traffic.outcome != .oneWay else { return }
      oneWaySockets -= min(oneWaySockets, 1)
      sockets -= min(sockets, 1)
      notes.remove(.countedOneWay)
    }
    switch traffic.outcome {
    case .oneWay:
      sockets += 1
      noteOneWay(socket, traffic, image)
      notes.insert(.countedOneWay)
    case .answered:
      sockets += 1
      answeredSockets += 1
      noteAnswer(at: now)
      if socket.hasSingleExchange { notePoll(socket, traffic, image) }
      notes.insert(.countedAnswered)
    case .undecided: break
    }
  }

  private mutating func noteAnswer(at now: KernelInstant) {
    lastAnswered = now
    before[2] = 0
  }

  private mutating func noteOneWay(
    _ socket: Socket, _ traffic: OneWayTraffic, _ image: ImageKey
  ) {
    oneWaySockets += 1
    firstOneWay = min(firstOneWay ?? socket.openedAt, socket.openedAt)
    lastOneWay = max(lastOneWay ?? socket.openedAt, socket.openedAt)
    before[1] = 0
    sentBytes &+= traffic.sentBytes
    receivedBytes &+= traffic.returnedBytes
    lastTraffic = traffic
    source = LastActor(image, on: socket)
    connections.note(socket)
  }

  private mutating func notePoll(_ socket: Socket, _ traffic: OneWayTraffic, _ image: ImageKey) {
    singleExchangeSockets += 1
    firstPoll = min(firstPoll ?? socket.openedAt, socket.openedAt)
    lastPoll = max(lastPoll ?? socket.openedAt, socket.openedAt)
    before[4] = 0
    // Where nothing is one-way, the polls are what there is to show.
    guard firstOneWay == nil else { return }
    lastTraffic = traffic
    source = LastActor(image, on: socket)
    connections.note(socket)
  }

  /// It only ever asks, downloads and never reports back; said once in ten minutes.
  mutating func isPollDue(_ settings: OneWaySettings, at now: KernelInstant) -> Bool {
    guard isPoll(settings) else { return false }
    if let lastPollSignal, now.nanoseconds(since: lastPollSignal) < 600_000_000_000 {
      return false
    }
    lastPollSignal = now
    return true
  }

  private func isPoll(_ settings: OneWaySettings) -> Bool {
    firstOneWay == nil && singleExchangeSockets >= UInt64(settings.socketThreshold)
      && singleExchangeSockets == answeredSockets && pollSeconds >= settings.timeWindowSeconds
  }

  private var pollSeconds: Double {
    guard let firstPoll, let lastPoll else { return 0 }
    return (lastPoll.seconds - before[4]) - (firstPoll.seconds - before[3])
  }

  /// Kept for 14 days: a sender that calls once a day is still counted.
  func isStale(_ now: KernelInstant) -> Bool {
    now.nanoseconds(since: lastSeen) > 14 * 86_400_000_000_000
  }

  /// Nil before the first one-way socket, unless the pair is a poll.
  func evidence(_ settings: OneWaySettings) -> OneWayEvidence? {
    guard let lastTraffic, let source,
      let first = firstOneWay ?? (isPoll(settings) ? firstPoll : nil)
    else { return nil }
    return OneWayEvidence(
      firstSeen: first, lastSeen: lastSeen, image: source.image, opener: source.opener,
      origin: source.origin, sockets: sockets, oneWaySockets: oneWaySockets,
      answeredSockets: answeredSockets, singleExchangeSockets: singleExchangeSockets,
      windowSeconds: firstOneWay == nil ? pollSeconds : windowSeconds,
      isPoll: firstOneWay == nil,
      lastAnsweredSecondsAgo: lastAnswered.map {
        max(lastSeen.seconds - ($0.seconds - before[2]), 0)
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
  /// Web sockets that sent, and of which it is known whether they were answered.
  public var sockets: UInt64
  public var oneWaySockets: UInt64
  public var answeredSockets: UInt64
  /// Answered sockets that asked once and never sent again: what a poller looks like.
  public var singleExchangeSockets: UInt64
  public var windowSeconds: Double
  /// No connection was one-way: each asked once, downloaded, and never reported back.
  public var isPoll: Bool
  /// Nil where the pair was never answered.
  public var lastAnsweredSecondsAgo: Double?
  /// Of the one-way sockets, as of when each was judged.
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  public var lastTraffic: OneWayTraffic
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var idleSeconds: Double {
    let sockets = isPoll ? singleExchangeSockets : oneWaySockets
    return max(3 * windowSeconds / Double(max(sockets, 2) - 1), 3_600)
  }
}

extension OneWayPair: SavedPair {
  static var empty: OneWayPair { OneWayPair() }

  var keptSeconds: Double { 14 * 86_400 }

  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(count: &sockets)
    carrier.carry(count: &oneWaySockets)
    carrier.carry(count: &answeredSockets)
    carrier.carry(count: &singleExchangeSockets)
    carrier.carry(&firstOneWay, before: &before[0])
    carrier.carry(&lastOneWay, before: &before[1])
    carrier.carry(&lastAnswered, before: &before[2])
    carrier.carry(&lastSeen)
    carrier.carry(&sentBytes)
    carrier.carry(&receivedBytes)
    carrier.carry(&lastTraffic, or: .empty) { traffic, carrier in carrier.carry(&traffic) }
    carrier.carry(&source)
    carrier.carry(&firstPoll, before: &before[3])
    carrier.carry(&lastPoll, before: &before[4])
    carrier.carry(&connections)
  }
}
