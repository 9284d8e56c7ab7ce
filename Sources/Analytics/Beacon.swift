// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// beacon (AN0597, detection strategy DET0213, technique T1030; ATT&CK v18.1).
//
// Question  Does this subject return to this remote by a clock, and is it doing so now?
// Formula   ln E of the pair's requests (Timing/TimingEvidence.swift) against ln 100; size spread =
//           median absolute deviation / median of the last 16 exchanges, sent and received apart.
//           Without a clock: 20 visits over 6 h from P2 or P3 to a destination that is new here.
// Keys      An address and port; its /24 or /64 and its name from the second address on; a proxy's
//           CONNECT target; (unit or user, address) from the third P2/P3 executable on.
// Source    docs/analytics/beacon.md, docs/timing.md.
// Misses    docs/analytics/beacon.md, "Known misses": fewer than four visits, addresses that share
//           neither network nor name.

/// Finds pairs whose requests come by a clock.
///
/// A pair is a few numbers until its fourth visit, then a tracker of constant size. The exact
/// request times are kept until then and replayed, so evidence is the same as if the tracker had
/// watched from the start.
struct Beacon: Sendable {
  let settings: BeaconSettings
  /// Unix seconds of boot time 0.
  private var epochSeconds: Double
  var young: PairTable<YoungBeacon>
  var tracked: PairTable<BeaconTrack>
  var wide: WideBeacons
  private(set) var counts = VerdictCounts()

  init(settings: BeaconSettings, epochSeconds: Double) {
    self.settings = settings
    self.epochSeconds = epochSeconds
    young = PairTable(limit: settings.youngPairLimit)
    tracked = PairTable(limit: settings.trackedPairLimit)
    wide = WideBeacons(settings: settings)
  }

  var pairCount: Int { young.count + tracked.count + wide.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("beacon_young", young.count, young.limit, young.evictions),
      ("beacon_tracked", tracked.count, tracked.limit, tracked.evictions),
    ] + wide.tables
  }

  // MARK: Requests

  /// Takes a request; returns the narrowest key that is a beacon by what is known now.
  mutating func record(_ request: Request) -> Pair? {
    let seconds = seconds(of: request.time)
    let slot = tracked.slot(of: request.pair) ?? grow(request, at: seconds)
    if let slot { tracked[slot].record(request, at: seconds, settings) }
    if request.isProxied {
      noteProxied(
        request.pair, request.named?.nameNumber ?? 0,
        Self.network(request.pair.subject, request.remote))
    }
    let wider = wide.record(request, at: seconds)
    let isActive = slot.map { tracked[$0].isOwnActive(settings) } ?? false
    if isActive || wider.isActive {
      if isActive, let slot { awaitName(slot, request) }
      wide.awaitName(wider, at: request.time)
      if let told = choose(request, slot, isActive, wider) { return told }
    }
    return judge(request, slot)
  }

  /// What the narrow key alone comes to where no clock is told of.
  private mutating func judge(_ request: Request, _ slot: Int?) -> Pair? {
    guard let slot, tracked[slot].timing.visits >= settings.repeatFrequencyThreshold else {
      counts.count(.insufficientData)
      return nil
    }
    // A clock that is told of under another key needs no second finding.
    if !tracked[slot].isActive(settings), tracked[slot].isIrregularDue(settings, at: request.time) {
      awaitName(slot, request)
      if !tracked[slot].claim.isCovered(at: request.time) { return request.pair }
    }
    counts.count(.clear)
    return nil
  }

  private mutating func choose(
    _ request: Request, _ slot: Int?, _ isActive: Bool, _ wider: WideBeacons.Keys
  ) -> Pair? {
    let now = request.time
    let claim = slot.map { tracked[$0].claim } ?? Claim()
    let candidates =
      [Claim.Candidate(isReached: isActive, claim: claim)] + wide.candidates(wider)
    guard let choice = Claim.choice(candidates, at: now, resuming: true) else { return nil }
    guard choice > 0 else {
      guard let slot else { return nil }
      let end = tracked[slot].quiet(after: now)
      tracked[slot].claim.tell(until: end)
      wide.cover(wider, until: end)
      return request.pair
    }
    guard let told = wide.tell(wider, choice - 1, at: now) else { return nil }
    cover(request.pair, until: told.end)
    return told.pair
  }

  private mutating func cover(_ pair: Pair, until end: KernelInstant) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].cover(until: end)
    } else if let slot = young.slot(of: pair) {
      young[slot].claim.cover(until: end)
    }
  }

  /// A name that told of the address's visits later than the address itself goes first: whether this
  /// visit is the name's again is known once its first bytes are, so the address waits.
  private mutating func awaitName(_ slot: Int, _ request: Request) {
    let now = request.time
    guard let name = tracked[slot].takeName(at: now),
      wide.hasTold(name, of: request.pair.subject, after: tracked[slot].claim)
    else { return }
    tracked[slot].claim.cover(until: now.advanced(byNanoseconds: WideBeacons.nameNanoseconds))
  }

  /// The tracker's slot once the pair deserves one; nil while it is young.
  private mutating func grow(_ request: Request, at seconds: Double) -> Int? {
    let now = request.time
    guard let slot = young.slot(of: request.pair) else {
      _ = young.insert(request.pair, YoungBeacon(request, at: seconds)) { $0.isStale(now) }
      return nil
    }
    young[slot].checkAbsence(before: seconds)
    if young[slot].holds(requestAt: seconds) {
      young[slot].record(request, at: seconds)
      return nil
    }
    let track = BeaconTrack(young[slot])
    young.remove(at: slot)
    return tracked.insert(request.pair, track) { $0.isStale(now) }
  }

  private func seconds(of time: KernelInstant) -> Double { epochSeconds + time.seconds }

  /// The wall clock was set.
  mutating func move(bySeconds seconds: Double) {
    epochSeconds += seconds
    young.changeAll { $0.move(bySeconds: seconds) }
    tracked.changeAll { $0.move(bySeconds: seconds) }
    wide.young.changeAll { $0.move(bySeconds: seconds) }
    wide.tracked.changeAll { $0.move(bySeconds: seconds) }
  }

  // MARK: Names

  /// Takes a visit whose destination's name became known after its connect; once a connection.
  ///
  /// Returns the name's key where it is a beacon that no narrower key tells of.
  mutating func record(_ visit: NamedVisit) -> Pair? {
    let now = visit.request.time
    let narrow = visit.narrow
    if visit.isProxied { noteProxied(narrow, visit.number, visit.network) }
    note(visit.number, at: narrow)
    guard wide.record(visit, at: seconds(of: now)) else { return tellProxy(visit, at: now) }
    let slot = tracked.slot(of: narrow)
    let isNarrowTold = slot.map { tracked[$0].claim.isTold(at: now) } ?? false
    guard let told = wide.tell(visit, isCarried: isNarrowTold && !visit.isProxied, at: now) else {
      return nil
    }
    cover(narrow, until: told.end)
    return told.pair
  }

  private mutating func note(_ name: UInt64, at pair: Pair) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].name = name
    } else if let slot = young.slot(of: pair) {
      young[slot].name = name
    }
  }

  /// What goes through a proxy belongs to the targets, not to the proxy.
  private mutating func noteProxied(_ narrow: Pair, _ target: UInt64, _ network: Pair?) {
    if let slot = tracked.slot(of: narrow) {
      tracked[slot].proxied.noteProxied()
      tracked[slot].members.note(target)
    } else if let slot = young.slot(of: narrow) {
      young[slot].proxied.noteProxied()
      young[slot].members.note(target)
    }
    if let network { wide.noteProxied(network) }
  }

  private static func network(_ subject: SubjectID, _ remote: Endpoint) -> Pair? {
    Destination(networkOf: remote).map { Pair(subject: subject, destination: $0) }
  }

  /// The proxy itself is the last that tells.
  ///
  /// Each visit may be for somewhere else, and come by a clock all the same. Which target a visit is
  /// for is not known before its first bytes.
  private mutating func tellProxy(_ visit: NamedVisit, at now: KernelInstant) -> Pair? {
    if let slot = tracked.slot(of: visit.narrow), tracked[slot].isProxyDue(settings, at: now) {
      let end = tracked[slot].quiet(after: now)
      tracked[slot].claim.tell(until: end)
      if let network = visit.network { wide.cover(network, until: end) }
      return visit.narrow
    }
    guard let network = visit.network, let told = wide.tellProxy(network, at: now) else {
      return nil
    }
    cover(visit.narrow, until: told.end)
    return told.pair
  }

  // MARK: What became of them

  /// A socket whose opener is unknown: outbound or not, nobody can say.
  mutating func recordUnknownRole() {
    counts.count(.insufficientData)
  }

  /// A connect that was not answered.
  mutating func recordFailure(_ pair: Pair, _ socket: Socket) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].recordFailure(socket)
    } else if let slot = young.slot(of: pair) {
      young[slot].recordFailure(socket)
    }
    wide.recordFailure(pair, group: group(of: pair), socket)
  }

  mutating func record(_ exchange: Exchange) {
    if let slot = tracked.slot(of: exchange.pair) {
      tracked[slot].payload.note(exchange)
    } else if let slot = young.slot(of: exchange.pair) {
      young[slot].payload.note(exchange)
    }
    wide.record(exchange, group: group(of: exchange.pair))
  }

  /// What became of a socket that some request of the pair was made on.
  mutating func recordEnd(_ pair: Pair, _ socket: Socket) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].recordEnd(socket)
    } else if let slot = young.slot(of: pair) {
      young[slot].recordEnd(socket)
    }
    wide.recordEnd(pair, group: group(of: pair), socket)
  }

  private func group(of pair: Pair) -> SubjectID? {
    if let slot = tracked.slot(of: pair) { return tracked[slot].group }
    return young.slot(of: pair).flatMap { young[$0].group }
  }

  func evidence(of pair: Pair) -> BeaconEvidence? {
    if let slot = tracked.slot(of: pair) { return tracked[slot].evidence }
    return wide.evidence(of: pair)
  }
}
