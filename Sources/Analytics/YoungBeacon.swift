// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// A pair with fewer than four visits: its exact request times and little else.
///
/// The times must be exact, for the timing test weighs requests against visits. Three visits can
/// be any number of requests; a pair that makes more than `capacity` of them gets its tracker
/// early instead of losing one.
struct YoungBeacon: BitwiseCopyable, Sendable {
  static let capacity = 12
  /// A pair is promoted by the request that opens its fourth visit.
  static let visitLimit = 3
  /// Kept for 14 days: a beacon that calls once a week is still followed.
  static let memoryNanoseconds: UInt64 = 14 * 86_400_000_000_000

  private(set) var times = InlineArray<12, Double>(repeating: 0)
  private(set) var requests = 0
  private var visits = 1
  /// Seconds since the last request that nobody watched.
  private var absence = 0.0
  private(set) var firstSeen: KernelInstant
  private(set) var lastSeen: KernelInstant
  /// How many seconds before this boot these two were, where they were before it.
  private(set) var before = InlineArray<2, Double>(repeating: 0)
  /// Not carried: what was saved has not changed since.
  private(set) var changedAt: KernelInstant
  var payload = PayloadSizes<4>()
  var connections = RecentConnections<4>()
  private(set) var outcomes = VisitOutcomes<4>()
  private(set) var source: RequestSource
  /// Distinct addresses of a wide key, executables of a group, or what a proxy was asked for.
  var members = DistinctNumbers<8>()
  var proxied = ProxiedShare()
  /// Another key may tell of it before it is tracked.
  var claim = Claim()
  /// The number of the name that the last visit known by one was under; 0 for none.
  var name: UInt64 = 0
  /// Who shares the address with the last actor, where nobody vouches for that one.
  private(set) var group: SubjectID?

  /// `seconds` is when it was made, since 1970.
  init(_ request: Request, at seconds: Double) {
    times[0] = seconds
    requests = 1
    firstSeen = request.time
    lastSeen = request.time
    changedAt = request.time
    proxied.note()
    source = RequestSource(request)
    group = request.traits.group
    connections.note(request)
    outcomes.note(request)
  }

  /// Takes a request and forgets the oldest one where there is no room.
  mutating func slide(_ request: Request, at seconds: Double) {
    guard requests == Self.capacity else {
      record(request, at: seconds)
      return
    }
    for index in 1..<Self.capacity { times[index - 1] = times[index] }
    requests -= 1
    record(request, at: seconds)
    visits = 1
    var latest = times[0]
    for index in 1..<requests {
      if times[index] - latest > FineCollapse.mergeSeconds { visits += 1 }
      latest = max(latest, times[index])
    }
  }

  /// Whether one more request finds room: not the fourth visit, and not too many.
  func holds(requestAt seconds: Double) -> Bool {
    guard requests < Self.capacity else { return false }
    return visits < Self.visitLimit || !opensVisit(seconds)
  }

  mutating func record(_ request: Request, at seconds: Double) {
    if opensVisit(seconds) { visits += 1 }
    absence = 0
    times[requests] = seconds
    requests += 1
    proxied.note()
    lastSeen = max(lastSeen, request.time)
    before[1] = 0
    changedAt = max(changedAt, request.time)
    source.note(request)
    group = request.traits.group
    connections.note(request)
    outcomes.note(request)
  }

  mutating func recordFailure(_ socket: Socket) {
    changedAt = max(changedAt, socket.closedAt ?? .zero)
    outcomes.note(failureAt: socket.openedAt)
    connections.update(socket)
  }

  /// What became of a connection; that it failed was told before.
  mutating func recordEnd(_ socket: Socket) {
    changedAt = max(changedAt, socket.closedAt ?? .zero)
    if socket.isEstablished == true { outcomes.note(answerAt: socket.openedAt) }
    connections.update(socket)
  }

  /// The same for one whose name is known late.
  mutating func recordOutcome(_ visit: NamedVisit) {
    changedAt = max(changedAt, visit.knownAt)
    switch visit.isEstablished {
    case true?: outcomes.note(answerAt: visit.request.time)
    case false?: outcomes.note(failureAt: visit.request.time)
    case nil: break
    }
    connections.update(visit.request.socket, visit.state)
  }

  /// Forgets its visits where nobody watched for more than a tenth of the interval that ends now: a
  /// visit may have been missed, and the tracker could not tell.
  mutating func checkAbsence(before seconds: Double) {
    guard requests > 0, absence > (seconds - times[requests - 1]) / 10 else { return }
    requests = 0
    visits = 0
    absence = 0
  }

  func isStale(_ now: KernelInstant) -> Bool {
    now.seconds - (lastSeen.seconds - before[1]) > keptSeconds
  }

  /// As the timing test counts visits: after more than a second without any request.
  private func opensVisit(_ seconds: Double) -> Bool {
    guard requests > 0 else { return true }
    var latest = times[0]
    for index in 0..<requests { latest = max(latest, times[index]) }
    return seconds - latest > FineCollapse.mergeSeconds
  }
}

extension YoungBeacon: SavedPair {
  var keptSeconds: Double { Double(Self.memoryNanoseconds) / 1e9 }

  var secondsBeforeBoot: Double { before[1] }

  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&times)
    carrier.carry(&requests, in: 0...Self.capacity)
    carrier.carry(count: &visits)
    carrier.carry(&absence)
    carrier.carry(&firstSeen, before: &before[0])
    carrier.carry(&lastSeen, before: &before[1])
    carrier.carry(&payload)
    carrier.carry(&connections)
    carrier.carry(&outcomes)
    carrier.carry(&source)
    carrier.carry(&members)
    carrier.carry(&proxied)
    carrier.carry(&claim)
    carrier.carry(&name)
    // The group's number means something else in another run.
    if carrier.isRestoring { group = nil }
  }

  mutating func note(absence seconds: Double) { absence += seconds }

  mutating func move(bySeconds seconds: Double) {
    for index in 0..<requests { times[index] += seconds }
  }

  /// To be filled by what was saved.
  static var empty: YoungBeacon {
    let none = Endpoint(address: .unspecifiedIPv4, port: 0)
    var empty = YoungBeacon(
      Request(
        kind: .connect, time: .zero,
        pair: Pair(subject: .none, destination: .endpoint(none, namespace: 0)),
        image: .unattributed, socket: SocketID(cookie: 0, generation: 0),
        origin: .connect, opener: nil, local: none, remote: none), at: 0)
    empty.connections = RecentConnections<4>()
    empty.outcomes = VisitOutcomes<4>()
    return empty
  }
}
