// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Keys wider than an address: networks, names, and groups of executables.
///
/// A wide key that has seen one address (or too few executables) is what its narrow key is, so it
/// keeps its last request times only and costs no timing test. From the address on that makes it
/// wide it is tracked, with those times replayed first.
struct WideBeacons: Sendable {
  /// The wide keys of a request, narrowest first; nil where it has none of that kind.
  struct Keys {
    var network: Pair?
    var name: Pair?
    var group: Pair?
    var isNetworkActive = false
    var isNameActive = false
    var isGroupActive = false

    var isActive: Bool { isNetworkActive || isNameActive || isGroupActive }
    var all: [(pair: Pair?, isActive: Bool)] {
      [(network, isNetworkActive), (name, isNameActive), (group, isGroupActive)]
    }
  }

  /// A key that tells, and until when it speaks for the others.
  struct Told {
    var pair: Pair
    var end: KernelInstant
  }

  /// A group is more than two programs that do the same.
  static let groupExecutables = 3

  private let settings: BeaconSettings
  var young: PairTable<YoungBeacon>
  var tracked: PairTable<BeaconTrack>

  init(settings: BeaconSettings) {
    self.settings = settings
    young = PairTable(limit: settings.wideYoungLimit)
    tracked = PairTable(limit: settings.wideTrackedLimit)
  }

  var count: Int { young.count + tracked.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("beacon_wide_young", young.count, young.limit, young.evictions),
      ("beacon_wide_tracked", tracked.count, tracked.limit, tracked.evictions),
    ]
  }

  // MARK: Requests

  mutating func record(_ request: Request, at seconds: Double) -> Keys {
    var keys = Keys()
    let address = DistinctNumbers<8>.number(of: request.remote.address)
    let subject = request.pair.subject
    if let network = Destination(networkOf: request.remote) {
      let pair = Pair(subject: subject, destination: network)
      keys.network = pair
      keys.isNetworkActive = record(request, pair, at: seconds, member: address, needed: 2)
    }
    // A connect's name is not yet known; it comes as a named visit.
    if request.kind == .send, let named = request.named {
      let pair = Pair(subject: subject, destination: named)
      keys.name = pair
      keys.isNameActive = record(
        request, pair, at: seconds, member: address, needed: request.isProxied ? 1 : 2)
    }
    if let group = request.traits.group, let executable = request.traits.executable {
      let pair = Pair(subject: group, destination: request.pair.destination)
      keys.group = pair
      keys.isGroupActive = record(
        request, pair, at: seconds, member: executable, needed: Self.groupExecutables)
    }
    return keys
  }

  /// True where the name is a beacon.
  mutating func record(_ visit: NamedVisit, at seconds: Double) -> Bool {
    let pair = visit.pair
    let isActive = record(
      visit.request, pair, at: seconds,
      member: DistinctNumbers<8>.number(of: visit.request.remote.address),
      needed: visit.isProxied ? 1 : 2)
    if let slot = tracked.slot(of: pair) {
      tracked[slot].recordOutcome(visit)
    } else if let slot = young.slot(of: pair) {
      young[slot].recordOutcome(visit)
    }
    if let network = visit.network { note(visit.number, at: network) }
    return isActive
  }

  /// Counts a request under one key; true where the key is a beacon.
  private mutating func record(
    _ request: Request, _ pair: Pair, at seconds: Double, member: UInt64, needed: Int
  ) -> Bool {
    let now = request.time
    if let slot = tracked.slot(of: pair) {
      tracked[slot].members.note(member)
      tracked[slot].record(request, at: seconds, settings)
      return tracked[slot].isOwnActive(settings)
    }
    guard let slot = young.slot(of: pair) else {
      var state = YoungBeacon(request, at: seconds)
      state.members.note(member)
      _ = young.insert(pair, state) { $0.isStale(now) }
      return false
    }
    young[slot].members.note(member)
    young[slot].checkAbsence(before: seconds)
    guard young[slot].members.count >= needed else {
      young[slot].slide(request, at: seconds)
      return false
    }
    if young[slot].holds(requestAt: seconds) {
      young[slot].record(request, at: seconds)
      return false
    }
    var track = BeaconTrack(young[slot])
    track.record(request, at: seconds, settings)
    young.remove(at: slot)
    let place = tracked.insert(pair, track) { $0.isStale(now) }
    return tracked[place].isOwnActive(settings)
  }

  private mutating func note(_ name: UInt64, at pair: Pair) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].name = name
    } else if let slot = young.slot(of: pair) {
      young[slot].name = name
    }
  }

  // MARK: Who tells

  /// How long a key waits for the name of a connection: an hour, as long as the shortest finding.
  static let nameNanoseconds: UInt64 = 3_600_000_000_000

  /// As an address does, its network waits for a name that told later than the network.
  mutating func awaitName(_ keys: Keys, at now: KernelInstant) {
    guard keys.isNetworkActive, let pair = keys.network, let slot = tracked.slot(of: pair),
      let name = tracked[slot].takeName(at: now),
      hasTold(name, of: pair.subject, after: tracked[slot].claim)
    else { return }
    tracked[slot].claim.cover(until: now.advanced(byNanoseconds: Self.nameNanoseconds))
  }

  /// Whether the name is a beacon that was told of, and later than under another key.
  func hasTold(_ name: UInt64, of subject: SubjectID, after claim: Claim) -> Bool {
    tracked.used(of: subject).contains { slot, pair in
      tracked[slot].claim.toldUntil > claim.toldUntil
        && pair.destination.nameNumber == name && tracked[slot].isActive(settings)
    }
  }

  func candidates(_ keys: Keys) -> [Claim.Candidate] {
    keys.all.map { key in
      let slot = key.pair.flatMap { tracked.slot(of: $0) }
      return Claim.Candidate(
        isReached: key.isActive && slot != nil, claim: slot.map { tracked[$0].claim } ?? Claim())
    }
  }

  mutating func cover(_ keys: Keys, until end: KernelInstant) {
    for key in keys.all {
      guard let pair = key.pair else { continue }
      cover(pair, until: end)
    }
  }

  mutating func cover(_ pair: Pair, until end: KernelInstant) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].cover(until: end)
    } else if let slot = young.slot(of: pair) {
      young[slot].claim.cover(until: end)
    }
  }

  /// The key of that place tells, and covers the other wide ones.
  mutating func tell(_ keys: Keys, _ choice: Int, at now: KernelInstant) -> Told? {
    let all = keys.all
    guard let pair = all[choice].pair, let slot = tracked.slot(of: pair) else { return nil }
    let end = tracked[slot].quiet(after: now)
    cover(keys, until: end)
    tracked[slot].claim.tell(until: end)
    return Told(pair: pair, end: end)
  }

  /// The visited name tells unless a narrower key, or its network, carries the behaviour.
  mutating func tell(_ visit: NamedVisit, isCarried: Bool, at now: KernelInstant) -> Told? {
    guard let slot = tracked.slot(of: visit.pair) else { return nil }
    let network = visit.network.flatMap { tracked.slot(of: $0) }
    let isNetworkTold = network.map { tracked[$0].claim.isTold(at: now) } ?? false
    let end = tracked[slot].quiet(after: now)
    if !tracked[slot].claim.isTold(at: now) {
      if isCarried || (isNetworkTold && !visit.isProxied) {
        tracked[slot].claim.cover(until: end)
        return nil
      }
      if tracked[slot].claim.isCovered(at: now) { return nil }
    }
    if let network = visit.network { cover(network, until: end) }
    tracked[slot].claim.tell(until: end)
    return Told(pair: visit.pair, end: end)
  }

  mutating func noteProxied(_ network: Pair) {
    if let slot = tracked.slot(of: network) { tracked[slot].proxied.noteProxied() }
    if let slot = young.slot(of: network) { young[slot].proxied.noteProxied() }
  }

  /// A network of proxies tells where neither a target nor one of them does.
  mutating func tellProxy(_ network: Pair, at now: KernelInstant) -> Told? {
    guard let slot = tracked.slot(of: network), tracked[slot].isProxyDue(settings, at: now) else {
      return nil
    }
    let end = tracked[slot].quiet(after: now)
    tracked[slot].claim.tell(until: end)
    return Told(pair: network, end: end)
  }

  // MARK: What became of them

  /// The network's and the group's key of a pair of one address.
  private func keys(of pair: Pair, _ group: SubjectID?) -> [Pair] {
    guard case .endpoint(let remote, _) = pair.destination else { return [] }
    let network = Destination(networkOf: remote).map {
      Pair(subject: pair.subject, destination: $0)
    }
    let grouped = group.map { Pair(subject: $0, destination: pair.destination) }
    return [network, grouped].compactMap(\.self)
  }

  mutating func recordFailure(_ pair: Pair, group: SubjectID?, _ socket: Socket) {
    for key in keys(of: pair, group) {
      if let slot = tracked.slot(of: key) {
        tracked[slot].recordFailure(socket)
      } else if let slot = young.slot(of: key) {
        young[slot].recordFailure(socket)
      }
    }
  }

  mutating func record(_ exchange: Exchange, group: SubjectID?) {
    var keys = keys(of: exchange.pair, group)
    if let named = exchange.named {
      keys.append(Pair(subject: exchange.pair.subject, destination: named))
    }
    for key in keys {
      if let slot = tracked.slot(of: key) {
        tracked[slot].payload.note(exchange)
      } else if let slot = young.slot(of: key) {
        young[slot].payload.note(exchange)
      }
    }
  }

  mutating func recordEnd(_ pair: Pair, group: SubjectID?, _ socket: Socket) {
    var keys = keys(of: pair, group)
    if let named = socket.reading?.named {
      keys.append(Pair(subject: pair.subject, destination: named))
    }
    for key in keys {
      if let slot = tracked.slot(of: key) {
        tracked[slot].recordEnd(socket)
      } else if let slot = young.slot(of: key) {
        young[slot].recordEnd(socket)
      }
    }
  }

  func evidence(of pair: Pair) -> BeaconEvidence? {
    guard let slot = tracked.slot(of: pair) else { return nil }
    var evidence = tracked[slot].evidence
    let members = tracked[slot].members.count
    if case .endpoint = pair.destination {
      evidence.executables = members
    } else {
      evidence.addresses = members
    }
    return evidence
  }
}
