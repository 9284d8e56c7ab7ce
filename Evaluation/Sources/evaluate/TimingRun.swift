// SPDX-License-Identifier: Apache-2.0

import Analytics
import Peers
import Randomness
import Statistics
import Traffic

/// What the timing evidence made of one row.
struct TimingRun: Sendable {
  /// Visits, and seconds since the first request, when the evidence first sufficed.
  var visits: Int?
  var seconds: Double?
  /// The period then told.
  var period: Double?
  /// The largest natural logarithm of the evidence.
  var peak = -Double.infinity

  /// `stopsAtFlag` says that what comes after it does not matter; a row is let go at `visitLimit`.
  init(_ times: [Double], stopsAtFlag: Bool, visitLimit: Int = .max) {
    var evidence = TimingEvidence()
    for time in times {
      evidence.record(requestAt: time)
      peak = max(peak, evidence.logEvidence)
      if visits == nil, evidence.visits >= 4,
        evidence.logEvidence >= TimingEvidence.flagThreshold
      {
        visits = evidence.visits
        seconds = time - (times.first ?? time)
        period = evidence.periodSeconds
        if stopsAtFlag { return }
      }
      if evidence.visits >= visitLimit { return }
    }
  }
}

/// One row as a flow log shows it: connection starts and bytes.
struct FlowRow: Sendable {
  var times: [Double]
  var sent: [Double] = []
  var received: [Double] = []
  var span: Double

  enum Sizes: Sendable {
    /// 430 and 1,100 bytes, each off by up to this share.
    case beacon(jitter: Double)
    /// Log-normal, as of somebody who asks for many things.
    case varied
  }

  init(times: [Double], sent: [Double], received: [Double], span: Double) {
    self.times = times
    self.sent = sent
    self.received = received
    self.span = span
  }

  init(_ times: [Double], span: Double, sizes: Sizes, _ random: inout SplitMix64) {
    self.times = times
    self.span = span
    sent.reserveCapacity(times.count)
    received.reserveCapacity(times.count)
    for _ in times {
      switch sizes {
      case .beacon(let jitter):
        sent.append((430 * (1 + jitter * random.uniform(-1, 1))).rounded())
        received.append((1_100 * (1 + jitter * random.uniform(-1, 1))).rounded())
      case .varied:
        sent.append(random.logNormal(median: 430, sigma: 0.8).rounded())
        received.append(random.logNormal(median: 4_000, sigma: 1.2).rounded())
      }
    }
  }
}

/// What the peers made of one row.
struct PeerRun: Sendable {
  /// Over the last 24 hours of the row.
  let rita: Double
  /// The best of its hourly runs.
  let elastic: Int
  let flare: Double
  let isFlareHit: Bool
  let isSentinelHit: Bool
  let variation: Double
  let isSteady: Bool

  init(_ row: FlowRow) {
    let start = max(0, row.span - RequestTimes.day)
    let last = row.times.indices.filter { row.times[$0] >= start }
    // RITA counts IP headers: 300 bytes are those of a short connection.
    rita = RITAScore.score(
      times: last.map { row.times[$0] }, sizes: last.map { row.sent[$0] + 300 },
      window: start...row.span)
    var best = 0
    var hour = 3_600.0
    while hour <= row.span + 3_600, best < 3 {
      let low = Self.place(hour - 21_600, row.times)
      let high = Self.place(hour, row.times)
      if high > low {
        let range = low..<high
        best = max(
          best,
          ElasticBeaconing(
            times: Array(row.times[range]), sent: Array(row.sent[range]),
            received: Array(row.received[range]), end: hour
          ).score)
      }
      hour += 3_600
    }
    elastic = best
    flare = SimpleRules.flareShare(row.times) ?? 0
    isFlareHit = flare > 5
    isSentinelHit = SimpleRules.sentinel(row.times)
    variation = SimpleRules.variation(row.times) ?? 9
    isSteady = variation <= 0.2
  }

  /// The first place whose time is not before `time`.
  private static func place(_ time: Double, _ times: [Double]) -> Int {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// One cell: the same seeds and rows for the timing evidence and for every peer.
struct TimingCell: Sendable {
  let cell: TrafficCell
  let runs: [TimingRun]
  let peers: [PeerRun]

  /// A source without a clock (`isNull`) is not stopped at a flag.
  static func measure(
    _ cell: TrafficCell, seeds: Int, isNull: Bool, visitLimit: Int = .max, peerSeeds: Int,
    sizes: FlowRow.Sizes
  ) async -> TimingCell {
    let results = await Parallel.map(seeds) { seed in
      var (times, random) = cell.row(seed: seed)
      let run = TimingRun(times, stopsAtFlag: !isNull, visitLimit: visitLimit)
      guard seed < peerSeeds else { return (run, nil as PeerRun?) }
      return (run, PeerRun(FlowRow(times, span: cell.span, sizes: sizes, &random)))
    }
    return TimingCell(cell: cell, runs: results.map(\.0), peers: results.compactMap(\.1))
  }

  var found: Share { Share(runs.count { $0.visits != nil }, of: runs.count) }
  func peer(_ isHit: (PeerRun) -> Bool) -> Share {
    Share(peers.count(where: isHit), of: peers.count)
  }

  /// Visits at the flag, of the rows that were flagged.
  func visits(_ share: Double) -> Double? {
    Ranking.quantile(share, of: runs.compactMap { $0.visits.map(Double.init) })
  }

  func minutes(_ share: Double) -> Double? {
    Ranking.quantile(share, of: runs.compactMap { $0.seconds.map { $0 / 60 } })
  }

  /// Median error of the period told at the flag, as a share of the true mean.
  var periodError: Double? {
    guard let period = cell.period else { return nil }
    return Ranking.quantile(0.5, of: runs.compactMap { $0.period.map { abs($0 / period - 1) } })
  }
}
