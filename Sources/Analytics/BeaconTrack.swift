// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// A pair with a tracker; constant size, about 9 kB.
struct BeaconTrack: BitwiseCopyable, Sendable {
  var timing = TimingEvidence()
  private(set) var firstSeen: KernelInstant
  private(set) var lastSeen: KernelInstant
  /// How many seconds before this boot these two were, where they were before it.
  private var before: InlineArray<2, Double>
  /// Not carried: what was saved has not changed since.
  private(set) var changedAt: KernelInstant
  var payload = PayloadSizes<16>()
  private var connections = RecentConnections<10>()
  private var outcomes = VisitOutcomes<16>()
  private var source: RequestSource
  /// Evidence may fall again after a change; that it once was reached stays known.
  private var isLatched = false
  private var visitsAtFinding = 0
  /// As a proxy: how many visits there were when a target last told of its own.
  private var visitsWhenCarried = 0
  var members: DistinctNumbers<8>
  var proxied: ProxiedShare
  private(set) var group: SubjectID?
  /// The number of the name that the last visit known by one was under; 0 for none.
  var name: UInt64
  var claim: Claim
  private var lastIrregular: KernelInstant?

  /// A tracker that has seen exactly what the young pair has.
  init(_ young: YoungBeacon) {
    firstSeen = young.firstSeen
    lastSeen = young.lastSeen
    changedAt = young.changedAt
    before = young.before
    source = young.source
    members = young.members
    proxied = young.proxied
    claim = young.claim
    name = young.name
    group = young.group
    for index in 0..<young.requests { timing.record(requestAt: young.times[index]) }
    payload.take(young.payload)
    for connection in young.connections.all { connections.note(connection) }
    outcomes.take(young.outcomes, visits: timing.visits)
  }

  /// `seconds` is when it was made, since 1970: what is saved outlives a boot.
  mutating func record(_ request: Request, at seconds: Double, _ settings: BeaconSettings) {
    timing.record(requestAt: seconds)
    proxied.note()
    lastSeen = max(lastSeen, request.time)
    before[1] = 0
    changedAt = max(changedAt, request.time)
    source.note(request)
    group = request.traits.group
    connections.note(request)
    outcomes.note(request)
    if !isLatched, timing.logEvidence >= settings.logEvidenceThreshold,
      timing.visits >= settings.repeatFrequencyThreshold
    {
      isLatched = true
      visitsAtFinding = timing.visits
    }
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

  /// The name that may tell of what comes next, once: nil while nobody waits for one.
  mutating func takeName(at now: KernelInstant) -> UInt64? {
    guard name != 0, !claim.isTold(at: now), !claim.isCovered(at: now) else { return nil }
    defer { name = 0 }
    return name
  }

  /// Until when a key that told now speaks for the others: three periods, an hour at least.
  func quiet(after now: KernelInstant) -> KernelInstant {
    let seconds = min(max(3 * (timing.periodSeconds ?? 0), 3_600), 1e8)
    return now.advanced(byNanoseconds: UInt64(seconds * 1e9))
  }

  /// Whether untrusted code visits long enough to be told of without a clock; once in ten minutes.
  mutating func isIrregularDue(_ settings: BeaconSettings, at now: KernelInstant) -> Bool {
    guard group != nil, timing.visits >= settings.irregularVisits,
      now.seconds - (firstSeen.seconds - before[0]) >= settings.irregularHours * 3_600
    else { return false }
    if let lastIrregular, now.nanoseconds(since: lastIrregular) < 600_000_000_000 { return false }
    lastIrregular = now
    return true
  }

  /// A beacon, and not one that stopped keeping time.
  func isActive(_ settings: BeaconSettings) -> Bool {
    isLatched && (timing.isPeriodicNow || timing.logEvidence >= settings.logEvidenceThreshold)
  }

  /// A beacon by its own visits, and not by those of somebody that it was asked for.
  func isOwnActive(_ settings: BeaconSettings) -> Bool { isActive(settings) && !proxied.isMost }

  /// A proxy whose visits keep a clock, though nobody whom it is asked for tells of one.
  ///
  /// Several targets that take turns have a share of the visits each, and up to four are waited for.
  func isProxyDue(_ settings: BeaconSettings, at now: KernelInstant) -> Bool {
    proxied.isMost && isActive(settings) && !claim.isCovered(at: now)
      && timing.visits - min(visitsWhenCarried, timing.visits)
        >= visitsAtFinding * min(max(members.count, 1), 4)
  }

  /// A key that told speaks for this one until then.
  mutating func cover(until end: KernelInstant) {
    claim.cover(until: end)
    if proxied.isMost { visitsWhenCarried = timing.visits }
  }

  /// Kept for 14 days, or 16 periods where they are longer.
  func isStale(_ now: KernelInstant) -> Bool {
    now.seconds - (lastSeen.seconds - before[1]) > keptSeconds
  }

  var evidence: BeaconEvidence {
    BeaconEvidence(
      firstSeen: firstSeen, lastSeen: lastSeen,
      seconds: (lastSeen.seconds - before[1]) - (firstSeen.seconds - before[0]), source: source,
      kind: source.sendRequests > source.connectRequests ? .longConnection : .connections,
      visits: timing.visits, failedVisits: outcomes.failed, failingRun: outcomes.failingRun,
      requests: timing.requests, visitsAtFinding: visitsAtFinding,
      logEvidence: timing.logEvidence, periodSeconds: timing.periodSeconds,
      jitterRatio: timing.jitterRatio, isPeriodicNow: timing.isPeriodicNow,
      sentSpreadRatio: payload.sent.ratio, receivedSpreadRatio: payload.received.ratio,
      sentMedianBytes: payload.sent.median, sentBytes: payload.sentBytes,
      receivedBytes: payload.receivedBytes, connections: connections.all)
  }
}

/// The numbers of a beacon's finding.
public struct BeaconEvidence: BehaviourEvidence, Sendable {
  /// How the visits are made; the raw value is the evidence's word.
  public enum Kind: String, Sendable {
    case connections
    case longConnection = "long_connection"
  }

  public var firstSeen: KernelInstant
  public var lastSeen: KernelInstant
  /// From the first visit to the last; unlike those two, it reaches back over a boot.
  public var seconds: Double
  public var source: RequestSource
  public var kind: Kind
  public var visits: Int
  /// Visits none of whose connections was answered.
  public var failedVisits: UInt64
  /// Nil where the last visit did not fail.
  public var failingRun: FailingRun?
  public var requests: Int
  /// Visits when the evidence first sufficed.
  public var visitsAtFinding: Int
  /// Natural logarithm.
  public var logEvidence: Double
  public var periodSeconds: Double?
  public var jitterRatio: Double?
  public var isPeriodicNow: Bool
  /// Median absolute deviation over median of what a visit sends, and receives.
  public var sentSpreadRatio: Double?
  public var receivedSpreadRatio: Double?
  public var sentMedianBytes: Double?
  /// All complete visits together.
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  /// Distinct addresses, and executables of a group; at most 8 are told apart.
  public var addresses = 1
  public var executables = 1
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var image: ImageKey { source.image }
  public var opener: ImageKey? { source.opener }
  public var origin: Socket.Origin { source.origin }
  public var idleSeconds: Double { max(3 * (periodSeconds ?? 0), 3_600) }
}

extension BeaconTrack: SavedPair {
  /// A beacon is waited for as long as `isStale` says.
  var keptSeconds: Double { max(14 * 86_400, 16 * (timing.periodSeconds ?? 0)) }

  var secondsBeforeBoot: Double { before[1] }

  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&timing)
    carrier.carry(&firstSeen, before: &before[0])
    carrier.carry(&lastSeen, before: &before[1])
    carrier.carry(&payload)
    carrier.carry(&connections)
    carrier.carry(&outcomes)
    carrier.carry(&source)
    carrier.carry(&isLatched)
    carrier.carry(count: &visitsAtFinding)
    carrier.carry(count: &visitsWhenCarried)
    carrier.carry(&members)
    carrier.carry(&proxied)
    carrier.carry(&claim)
    carrier.carry(&name)
    carrier.carry(&lastIrregular)
    // The group's number means something else in another run.
    if carrier.isRestoring { group = nil }
  }

  mutating func note(absence seconds: Double) { timing.note(absence: seconds) }

  mutating func move(bySeconds seconds: Double) { timing.move(bySeconds: seconds) }
}

extension BeaconTrack {
  /// To be filled by what was saved.
  static var empty: BeaconTrack { BeaconTrack(YoungBeacon.empty) }
}
