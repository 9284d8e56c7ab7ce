// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols
internal import Wire

// excess-egress (the logic of AN0144, detection strategy DET0053, technique T1001; ATT&CK v18.1;
// its sibling for Linux is AN0145).
//
// Question  Does an uncommon or never seen subject send a remote far more over HTTP or TLS than
//           the remote sends back?
// Formula   Sent / received, summed over all sockets of the last 1 to 14 days, less what TLS
//           handshakes take, >= OutboundByteThreshold, and sent >= the floor; by address, by
//           network, by name, and by all remotes of the subject that are equally far away.
// Source    docs/analytics/excess-egress.md.
// Misses    docs/analytics/excess-egress.md, "Known misses": less than the floor in two weeks,
//           remotes that send as much back, subjects that are familiar here.

/// Finds subjects that send far more than they receive, however thinly they spread it.
struct ExcessEgress: Sendable {
  let settings: ExcessEgressSettings
  private var epochSeconds: Double
  /// Of the last movement.
  private var lastTime = KernelInstant.zero
  var pairs: PairTable<ExcessEgressPair>
  var wide: PairTable<ExcessEgressPair>
  private(set) var counts = VerdictCounts()

  init(settings: ExcessEgressSettings, epochSeconds: Double) {
    self.settings = settings
    self.epochSeconds = epochSeconds
    pairs = PairTable(limit: settings.pairLimit)
    wide = PairTable(limit: settings.wideLimit)
  }

  var pairCount: Int { pairs.count + wide.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("excess_egress_pairs", pairs.count, pairs.limit, pairs.evictions),
      ("excess_egress_wide", wide.count, wide.limit, wide.evictions),
    ]
  }

  /// Takes what moved; returns the narrowest key that sent far more than it received.
  mutating func record(_ movement: Movement, on socket: Socket) -> Pair? {
    let known = pairs.slot(of: movement.pair)
    guard let isWeb = speaksWeb(socket) ?? known.map({ _ in true }) else {
      counts.count(.insufficientData)
      return nil
    }
    guard isWeb else { return nil }
    let payload = ExcessEgressPayload(movement, on: socket, settings)
    let now = movement.time
    lastTime = max(lastTime, now)
    let day = day(now)
    let slot = known ?? pairs.insert(movement.pair, ExcessEgressPair(now)) { $0.isStale(now) }
    pairs[slot].note(movement, payload, on: socket, day: day)
    if let name = named(socket)?.nameNumber { pairs[slot].note(name: name) }
    let wider = widerKeys(movement, socket)
    // What a narrower key tells of is not counted by a wider one.
    var sharedFrom = pairs[slot].sharedFrom
    for key in wider {
      let place = wide.slot(of: key) ?? wide.insert(key, ExcessEgressPair(now)) { $0.isStale(now) }
      if day >= sharedFrom { wide[place].note(movement, payload, on: socket, day: day) }
      sharedFrom = max(sharedFrom, wide[place].sharedFrom)
    }
    return choose(slot, movement.pair, wider, day: day, at: now)
  }

  /// The wall clock was set.
  ///
  /// The last movement's day says by how many days: so what comes next on that day is still of it.
  mutating func move(bySeconds seconds: Double) {
    let before = day(lastTime)
    epochSeconds += seconds
    let days = Int64(day(lastTime)) - Int64(before)
    guard days != 0 else { return }
    pairs.changeAll { $0.move(byDays: days) }
    wide.changeAll { $0.move(byDays: days) }
  }

  private func day(_ time: KernelInstant) -> UInt32 {
    UInt32(clamping: Int(max(epochSeconds + time.seconds, 0)) / 86_400)
  }

  private mutating func choose(
    _ slot: Int, _ pair: Pair, _ wider: [Pair], day: UInt32, at now: KernelInstant
  ) -> Pair? {
    var candidates = [
      Claim.Candidate(
        isReached: pairs[slot].excess(upTo: day, settings) != nil, claim: pairs[slot].trail.claim)
    ]
    for key in wider { candidates.append(candidate(key, day: day, at: now)) }
    guard let choice = Claim.choice(candidates, at: now) else {
      counts.count(.clear)
      return nil
    }
    let end = now.advanced(byNanoseconds: Self.quietNanoseconds)
    if choice == 0 {
      pairs[slot].trail.claim.tell(until: end)
      noteTold(slot, pair, upTo: day)
    } else {
      pairs[slot].trail.claim.cover(until: end)
    }
    for (index, key) in wider.enumerated() {
      guard let place = wide.slot(of: key) else { continue }
      if index + 1 == choice {
        wide[place].trail.claim.tell(until: end)
        noteTold(widely: place, upTo: day)
      } else if index + 1 < choice {
        // A wider key counts nothing of what this one tells, and goes its own way.
        wide[place].trail.claim.cover(until: end)
      }
    }
    return choice == 0 ? pair : wider[choice - 1]
  }

  /// Network, name and all remotes, narrowest first.
  private func widerKeys(_ movement: Movement, _ socket: Socket) -> [Pair] {
    var keys: [Destination] = []
    // The network of a proxy inside says nothing of where this went. One outside may be no proxy, and
    // whom it is asked for the client's word.
    if !isProxied(socket) || socket.scope == .external,
      let network = Destination(networkOf: socket.remote)
    {
      keys.append(network)
    }
    if let named = named(socket) { keys.append(named) }
    keys.append(.all(movement.pair.destination.scope))
    return keys.map { Pair(subject: movement.pair.subject, destination: $0) }
  }

  /// The narrowest key is then what the proxy was asked for, in its address's place.
  private func isProxied(_ socket: Socket) -> Bool { socket.reading?.isProxied ?? false }

  private func named(_ socket: Socket) -> Destination? {
    isProxied(socket) ? nil : socket.reading?.named
  }

  /// Nil where no first bytes were seen.
  private func speaksWeb(_ socket: Socket) -> Bool? {
    socket.reading?.application.map { [.tls, .http, .http2].contains($0) }
  }

  /// Sums reach back two weeks; a key that told keeps its claim for a day.
  private static let quietNanoseconds: UInt64 = 86_400_000_000_000

  func evidence(of pair: Pair) -> ExcessEgressEvidence? {
    // A name is asked of a proxy by some, and visited by others.
    if let slot = pairs.slot(of: pair), let evidence = pairs[slot].evidence(settings) {
      return evidence
    }
    return wide.slot(of: pair).flatMap { wide[$0].evidence(settings) }
  }

  // MARK: Verdict

  /// Every test that was made; nil where what is known of the subject clears it.
  func tests(of evidence: ExcessEgressEvidence, _ facts: SubjectFacts) -> [TestResult]? {
    let isRare = facts.isRarelyActive(below: settings.rareDays)
    guard facts.isUntrusted || isRare == true else { return nil }
    return [
      TestResult(name: "http_or_tls_seen", value: .flag(true), threshold: .flag(true), isMet: true),
      TestResult(
        name: "OutboundByteThreshold", value: .number(evidence.ratio),
        threshold: .number(settings.outboundByteThreshold),
        isMet: evidence.ratio >= settings.outboundByteThreshold),
      TestResult(
        name: "OutboundByteFloor", value: .count(evidence.sentBytes),
        threshold: .count(settings.outboundByteFloor),
        isMet: evidence.sentBytes >= settings.outboundByteFloor),
      facts.rareTest("uncommon_subject", below: settings.rareDays),
    ]
  }
}
