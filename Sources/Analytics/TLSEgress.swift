// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols
internal import Wire

// tls-egress (the logic of AN1189, detection strategy DET0425, technique T1102; ATT&CK v18.1; its
// sibling for Linux is AN1190).
//
// Question  Does a subject that seldom talks, or that nobody vouches for, send much over TLS in a
//           short time, or more than it ever does?
// Formula   Bytes sent on TLS sockets in any five minutes >= DataTransferThreshold for subjects
//           that are rarely active or P2/P3; for the others also >= 3 times their own 99th
//           percentile of 5 minutes. Hours for which one connection goes on are further tests.
// Source    docs/analytics/tls-egress.md.
// Misses    docs/analytics/tls-egress.md, "Known misses": slow sending (excess-egress sums it),
//           TLS whose first bytes were not seen, familiar subjects without a 99th percentile.

/// Finds subjects that send much over TLS in five minutes, to one remote or to all together.
struct TLSEgress: Sendable {
  let settings: TLSEgressSettings
  private var epochSeconds: Double
  var pairs: PairTable<TLSEgressPair>
  var subjects: PairTable<TLSEgressPair>
  private(set) var counts = VerdictCounts()

  init(settings: TLSEgressSettings, epochSeconds: Double) {
    self.settings = settings
    self.epochSeconds = epochSeconds
    pairs = PairTable(limit: settings.pairLimit)
    subjects = PairTable(limit: settings.subjectLimit)
  }

  var pairCount: Int { pairs.count + subjects.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("tls_egress_pairs", pairs.count, pairs.limit, pairs.evictions),
      ("tls_egress_subjects", subjects.count, subjects.limit, subjects.evictions),
    ]
  }

  /// Takes what moved; returns the key that sent much within five minutes.
  mutating func record(_ movement: Movement, on socket: Socket) -> Pair? {
    let known = pairs.slot(of: movement.pair)
    guard let isTLS = speaksTLS(socket) ?? known.map({ _ in true }) else {
      counts.count(.insufficientData)
      return nil
    }
    guard isTLS else { return nil }
    let now = movement.time
    let all = Pair(
      subject: movement.pair.subject, destination: .all(movement.pair.destination.scope))
    let subject =
      subjects.slot(of: all) ?? subjects.insert(all, TLSEgressPair(now)) { $0.isStale(now) }
    let pair =
      known ?? pairs.insert(movement.pair, TLSEgressPair(now)) { $0.isStale(now) }
    let seconds = UInt64(max(epochSeconds + now.seconds, 0))
    subjects[subject].note(movement, on: socket, at: seconds)
    pairs[pair].note(movement, on: socket, at: seconds)
    return choose(pair, movement.pair, subject, all, at: now)
  }

  /// The wall clock was set.
  mutating func move(bySeconds seconds: Double) {
    epochSeconds += seconds
    pairs.changeAll { $0.move(bySeconds: seconds) }
    subjects.changeAll { $0.move(bySeconds: seconds) }
  }

  private mutating func choose(
    _ pair: Int, _ key: Pair, _ subject: Int, _ all: Pair, at now: KernelInstant
  ) -> Pair? {
    let candidates = [
      Claim.Candidate(
        isReached: pairs[pair].windowBytes >= settings.dataTransferThreshold,
        claim: pairs[pair].trail.claim),
      Claim.Candidate(
        isReached: subjects[subject].windowBytes >= settings.dataTransferThreshold,
        claim: subjects[subject].trail.claim),
    ]
    guard let choice = Claim.choice(candidates, at: now) else {
      counts.count(.clear)
      return nil
    }
    let end = now.advanced(byNanoseconds: Self.quietNanoseconds)
    if choice == 0 {
      pairs[pair].trail.claim.tell(until: end)
      subjects[subject].trail.claim.cover(until: end)
      return key
    }
    subjects[subject].trail.claim.tell(until: end)
    pairs[pair].trail.claim.cover(until: end)
    return all
  }

  /// Nil where no first bytes were seen: a port number is no evidence.
  private func speaksTLS(_ socket: Socket) -> Bool? {
    socket.reading?.application.map { $0 == .tls }
  }

  /// An hour without much sent ends what was told.
  private static let quietNanoseconds: UInt64 = 3_600_000_000_000

  func evidence(of pair: Pair) -> TLSEgressEvidence? {
    if let slot = pairs.slot(of: pair) { return pairs[slot].evidence }
    return subjects.slot(of: pair).flatMap { subjects[$0].evidence }
  }

  // MARK: Verdict

  /// Every test that was made; nil where what is known of the subject clears it.
  func tests(of evidence: TLSEgressEvidence, _ facts: SubjectFacts) -> [TestResult]? {
    let isRare = facts.isRarelyActive(below: settings.rareDays)
    var threshold = settings.dataTransferThreshold
    if !facts.isUntrusted, isRare != true {
      // Nothing is known to compare a familiar subject with.
      guard let usual = facts.sentP99Bytes else { return nil }
      let own = Double(usual) * settings.familiarFactor
      threshold = max(threshold, own < 1e18 ? UInt64(own) : .max)
      guard evidence.peakWindowBytes >= threshold else { return nil }
    }
    var tests = [
      TestResult(name: "tls_seen", value: .flag(true), threshold: .flag(true), isMet: true),
      facts.rareTest("rarely_active", below: settings.rareDays),
      TestResult(
        name: "DataTransferThreshold", value: .count(evidence.peakWindowBytes),
        threshold: .count(threshold), isMet: evidence.peakWindowBytes >= threshold),
    ]
    tests += persistence(evidence)
    if settings.timeWindow > 0 { tests.append(outsideHours(evidence)) }
    return tests
  }

  private static let persistenceSteps = [1.0, 4, 8, 12]

  /// Every step is shown; the one that is set counts.
  private func persistence(_ evidence: TLSEgressEvidence) -> [TestResult] {
    let counted = settings.persistenceHours
    let steps = Set(Self.persistenceSteps + [counted]).sorted()
    return steps.map { hours in
      let name = Int(exactly: hours).map { "\($0)" } ?? "\(hours)"
      return TestResult(
        name: "persistence_\(name)h", value: .number(evidence.persistedHours),
        threshold: .number(hours), isMet: evidence.persistedHours >= hours,
        isCounted: hours == counted)
    }
  }

  /// The hour of the day can only add to the score: many a transfer is made while people work.
  private func outsideHours(_ evidence: TLSEgressEvidence) -> TestResult {
    let hour = evidence.lastHour
    let isInside = hour >= settings.timeWindowStart && hour < settings.timeWindowEnd
    return TestResult(
      name: "TimeWindow", value: .count(UInt64(hour)),
      threshold: .word("outside \(settings.timeWindowStart) to \(settings.timeWindowEnd) h UTC"),
      isMet: !isInside, isCounted: !isInside)
  }
}
