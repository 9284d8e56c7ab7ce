// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// beacon (AN0597, detection strategy DET0213, technique T1030; ATT&CK v18.1).
//
// Question  Does this subject return to this remote by a clock, and is it doing so now?
// Formula   ln E of the pair's requests (Timing/TimingEvidence.swift) against ln 100; size spread =
//           median absolute deviation / median of the last 16 exchanges, sent and received apart.
// Source    docs/analytics/beacon.md, docs/timing.md.
// Misses    docs/analytics/beacon.md, "Known misses": sleeps without any clock, fewer than four
//           visits, addresses that rotate (each address is a pair of its own).

/// Finds pairs whose requests come by a clock.
///
/// A pair is a few numbers until its fourth visit, then a tracker of constant size. The exact
/// request times are kept until then and replayed, so evidence is the same as if the tracker had
/// watched from the start.
struct Beacon: Sendable {
  let settings: BeaconSettings
  private var young: PairTable<YoungBeacon>
  private var tracked: PairTable<BeaconTrack>
  private(set) var counts = VerdictCounts()

  /// Unix seconds of boot time 0.
  private let epochSeconds: Double

  init(settings: BeaconSettings, epochSeconds: Double) {
    self.settings = settings
    self.epochSeconds = epochSeconds
    young = PairTable(limit: settings.youngPairLimit)
    tracked = PairTable(limit: settings.trackedPairLimit)
  }

  var pairCount: Int { young.count + tracked.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("beacon_young", young.count, young.limit, young.evictions),
      ("beacon_tracked", tracked.count, tracked.limit, tracked.evictions),
    ]
  }

  /// Takes a request; true when the pair is a beacon by what is known now.
  mutating func record(_ request: Request) -> Bool {
    guard let slot = tracked.slot(of: request.pair) ?? grow(request) else {
      counts.count(.insufficientData)
      return false
    }
    tracked[slot].record(request, at: seconds(of: request), settings)
    guard tracked[slot].timing.visits >= settings.repeatFrequencyThreshold else {
      counts.count(.insufficientData)
      return false
    }
    if tracked[slot].isActive(settings) { return true }
    counts.count(.clear)
    return false
  }

  /// A socket whose opener is unknown: outbound or not, nobody can say.
  mutating func recordUnknownRole() {
    counts.count(.insufficientData)
  }

  /// A visit that was not answered.
  mutating func recordFailure(_ pair: Pair, _ socket: Socket) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].recordFailure(socket)
    } else if let slot = young.slot(of: pair) {
      young[slot].recordFailure(socket)
    }
  }

  mutating func record(_ exchange: Exchange) {
    if let slot = tracked.slot(of: exchange.pair) {
      tracked[slot].payload.note(exchange)
    } else if let slot = young.slot(of: exchange.pair) {
      young[slot].payload.note(exchange)
    }
  }

  /// What became of a socket that some request of the pair was made on.
  mutating func recordEnd(_ pair: Pair, _ socket: Socket) {
    if let slot = tracked.slot(of: pair) {
      tracked[slot].connections.update(socket)
    } else if let slot = young.slot(of: pair) {
      young[slot].connections.update(socket)
    }
  }

  /// The tracker's slot once the pair deserves one; nil while it is young.
  private mutating func grow(_ request: Request) -> Int? {
    let seconds = seconds(of: request)
    guard let slot = young.slot(of: request.pair) else {
      let now = request.time
      _ = young.insert(request.pair, YoungBeacon(request, at: seconds)) { $0.isStale(now) }
      return nil
    }
    if young[slot].holds(requestAt: seconds) {
      young[slot].record(request, at: seconds)
      return nil
    }
    let track = BeaconTrack(young[slot])
    young.remove(at: slot)
    let now = request.time
    return tracked.insert(request.pair, track) { $0.isStale(now) }
  }

  private func seconds(of request: Request) -> Double { epochSeconds + request.time.seconds }

  func evidence(of pair: Pair) -> BeaconEvidence? {
    tracked.slot(of: pair).map { tracked[$0].evidence }
  }

  /// Every test that was made, met or not.
  func tests(of evidence: BeaconEvidence) -> [TestResult] {
    [
      TestResult(
        name: "RepeatFrequencyThreshold", value: .count(UInt64(evidence.visits)),
        threshold: .count(UInt64(settings.repeatFrequencyThreshold)),
        isMet: evidence.visits >= settings.repeatFrequencyThreshold),
      TestResult(
        name: "log_evidence", value: .number(evidence.logEvidence),
        threshold: .number(settings.logEvidenceThreshold),
        isMet: evidence.logEvidence >= settings.logEvidenceThreshold),
      TestResult(
        name: "periodic_now", value: .flag(evidence.isPeriodicNow), threshold: .flag(true),
        isMet: evidence.isPeriodicNow),
      similarity("PayloadLengthVariance_sent", evidence.sentSpreadRatio),
      similarity("PayloadLengthVariance_received", evidence.receivedSpreadRatio),
    ]
  }

  private func similarity(_ name: String, _ spread: Double?) -> TestResult {
    let threshold = TestResult.Value.number(settings.payloadLengthVariance)
    guard let spread else { return .unknown(name, threshold: threshold) }
    return TestResult(
      name: name, value: .number(spread), threshold: threshold,
      isMet: spread <= settings.payloadLengthVariance)
  }
}
