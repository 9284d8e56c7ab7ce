// SPDX-License-Identifier: Apache-2.0

import Peers
import Randomness
import Statistics
import Traffic

/// Ours and the peers on the same rows, by ranking and by time.
struct PeerSections {
  let plan: Plan

  // MARK: Area under the curve

  private struct Scores: Sendable {
    var values: [[Double]]
  }

  private static let names = ["halfwire", "RITA", "Elastic", "flare", "variation"]

  /// One row: the largest evidence within 1,000 visits, and each peer's score of the day.
  private static func scores(
    _ cell: TrafficCell, _ seeds: Int, _ sizes: FlowRow.Sizes
  ) async -> [[Double]] {
    await Parallel.map(seeds) { seed in
      var (times, random) = cell.row(seed: seed)
      let run = TimingRun(times, stopsAtFlag: false, visitLimit: 1_000)
      let peers = PeerRun(FlowRow(times, span: cell.span, sizes: sizes, &random))
      return [run.peak, peers.rita, Double(peers.elastic), peers.flare, -peers.variation]
    }
  }

  func ranking() async -> Section {
    var section = Section()
    let positives = [
      BeaconCells.sweep(60, 0.2, .twoSided), BeaconCells.sweep(60, 0.6, .twoSided),
      BeaconCells.sweep(600, 0.2, .twoSided), BeaconCells.sweep(600, 0.6, .twoSided),
      BeaconCells.sweep(600, 0.3, .gaussian), BeaconCells.timetable(0.3, 0),
      BeaconCells.thinned(0.2, 0.3), BeaconCells.thinned(0.3, 0.5), BeaconCells.thinned(0.5, 0.5),
      BeaconCells.timetable(0.2, 0.3), BeaconCells.shortLived[1],
    ]
    var memoryless: [[Double]] = []
    for cell in TunedNullCells.memoryless.suffix(4) {
      memoryless += await Self.scores(cell, plan.seeds, .varied)
    }
    var bursty: [[Double]] = []
    let bursts =
      TunedNullCells.browsing + TunedNullCells.blocks + TunedNullCells.changing
      + FreshNullCells.all
    for cell in bursts { bursty += await Self.scores(cell, plan.seeds / 4, .varied) }
    var table = Table(
      columns: ["beacon"]
        + Self.names.flatMap { ["\($0), memoryless", "\($0), bursty"] })
    for cell in positives {
      let rows = await Self.scores(cell, plan.seeds, .beacon(jitter: 0.2))
      var cells = [cell.name]
      for place in Self.names.indices {
        for negatives in [memoryless, bursty] {
          cells.append(
            Ranking.areaUnderCurve(
              positive: rows.map { $0[place] }, negative: negatives.map { $0[place] }
            ).text(3))
        }
      }
      table.add(cells: cells)
    }
    section.add(table)
    return section
  }

  // MARK: Visits until the peers flag

  private struct Delays: Sendable {
    var ours: Double?
    var elastic: Double?
    var elastic2: Double?
    var rita7: Double?
    var rita9: Double?
    var flare: Double?
    var steady: Double?
  }

  /// Every peer runs after each of the first 60 visits, then after every 20th, from 300 on every 60th.
  private static func delays(_ cell: TrafficCell, _ seed: Int) -> Delays {
    var (times, random) = cell.row(seed: seed)
    let row = FlowRow(times, span: cell.span, sizes: .beacon(jitter: 0), &random)
    var result = Delays()
    result.ours = TimingRun(times, stopsAtFlag: true).visits.map(Double.init)
    for count in 4...max(row.times.count, 4) where isRun(count) {
      guard count <= row.times.count else { break }
      let visits = Double(count)
      let now = row.times[count - 1] + 1
      let first = Array(row.times[..<count])
      if result.elastic == nil {
        let score = ElasticBeaconing(
          times: first, sent: Array(row.sent[..<count]), received: Array(row.received[..<count]),
          end: now
        ).score
        if score >= 2, result.elastic2 == nil { result.elastic2 = visits }
        if score == 3 { result.elastic = visits }
      }
      if result.rita9 == nil {
        let recent = (0..<count).filter { row.times[$0] >= now - RequestTimes.day }
        let score = RITAScore.score(
          times: recent.map { row.times[$0] }, sizes: recent.map { row.sent[$0] + 300 },
          window: (now - RequestTimes.day)...now)
        if score >= 0.7, result.rita7 == nil { result.rita7 = visits }
        if score >= 0.9 { result.rita9 = visits }
      }
      if result.flare == nil, SimpleRules.flare(first) { result.flare = visits }
      if result.steady == nil, SimpleRules.isSteady(first) { result.steady = visits }
    }
    return result
  }

  private static func isRun(_ count: Int) -> Bool {
    count <= 60 || count.isMultiple(of: count <= 300 ? 20 : 60)
  }

  func delays() async -> Section {
    var section = Section()
    var table = Table(
      "beacon", "halfwire", "Elastic >= 2", "Elastic 3", "RITA >= .7", "RITA >= .9", "flare",
      "variation <= .2")
    for period in [60.0, 600] {
      for jitter in [0.2, 0.5, 0.6] {
        let cell = BeaconCells.sweep(period, jitter, .twoSided)
        let runs = await Parallel.map(plan.seeds) { Self.delays(cell, $0) }
        func text(_ path: (Delays) -> Double?) -> String {
          let found = runs.compactMap(path)
          guard !found.isEmpty else { return "never" }
          let median = Ranking.quantile(0.5, of: found).text(0)
          let share = Double(found.count) / Double(runs.count)
          return found.count == runs.count ? median : "\(median) (in \((share * 100).text(0)) %)"
        }
        table.add(
          cells: [
            cell.name, text(\.ours), text(\.elastic2), text(\.elastic), text(\.rita7),
            text(\.rita9), text(\.flare), text(\.steady),
          ])
      }
    }
    section.add(table)
    return section
  }

  // MARK: Payloads and changes

  /// Payload jitter moves the peers' scores; the timing evidence does not read sizes.
  func payloads() async -> Section {
    var section = Section()
    var table = Table(
      "payload jitter, T=60 s, 20 %", "halfwire, visits", "RITA >= .8", "RITA >= .9", "Elastic 3",
      "Elastic >= 2")
    let cell = BeaconCells.sweep(60, 0.2, .twoSided)
    for share in [0, 0.1, 0.2, 0.4, 0.6] {
      let result = await TimingCell.measure(
        cell, seeds: plan.seeds, isNull: false, peerSeeds: plan.seeds,
        sizes: .beacon(jitter: share))
      table.add(
        cells: [
          "\(Int((share * 100).rounded())) %", result.visits(0.5).text(0),
          result.peer { $0.rita >= 0.8 }.value.text(2),
          result.peer { $0.rita >= 0.9 }.value.text(2),
          result.peer { $0.elastic == 3 }.value.text(2),
          result.peer { $0.elastic >= 2 }.value.text(2),
        ])
    }
    section.add(table)
    return section
  }

  /// Whether it is still periodic, and with which period, after a change.
  func changes() async -> Section {
    var section = Section()
    var table = Table(
      "change", "visits after it until the new period is told within 10 %, median", "95th",
      "never in 200 visits", "log E fell below the threshold")
    for (first, second) in [(60.0, 300.0), (600, 30), (300, 60)] {
      let cell = BeaconCells.periodChange(first, second)
      let runs = await Parallel.map(plan.seeds) { seed in Self.change(cell, seed, second) }
      let found = runs.compactMap(\.visits)
      table.add(
        cell.name, Ranking.quantile(0.5, of: found).text(0),
        Ranking.quantile(0.95, of: found).text(0),
        Share(runs.count - found.count, of: runs.count).text(),
        Share(runs.count { $0.hasFallen }, of: runs.count).text())
    }
    section.add(table)
    return section
  }

  private struct Change: Sendable {
    var visits: Double?
    var hasFallen = false
  }

  private static func change(_ cell: TrafficCell, _ seed: Int, _ period: Double) -> Change {
    var evidence = TimingEvidenceProbe()
    var result = Change()
    for (place, time) in cell.row(seed: seed).times.enumerated() {
      evidence.record(time)
      guard place >= 100 else { continue }
      if evidence.isBelow { result.hasFallen = true }
      if result.visits == nil, evidence.tells(period) { result.visits = Double(place - 99) }
    }
    return result
  }
}
