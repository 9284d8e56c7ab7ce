// SPDX-License-Identifier: Apache-2.0

import Findings
import Hosts
import Randomness
import Statistics

/// Beacons through the whole pipeline, on an empty host.
struct PipelineSection {
  let plan: Plan

  private struct Case: Sendable {
    let name: String
    let runs: [ImplantRun]

    var found: Share { Share(runs.count { $0.first[.low] != nil }, of: runs.count) }
    var visits: [Double] { runs.compactMap { $0.visits[.low].map(Double.init) } }
    /// The most findings that one run to the end had.
    var findings: Int { runs.compactMap(\.findings).max() ?? 0 }

    func found(within count: Int) -> Share {
      Share(runs.count { ($0.visits[.low] ?? .max) <= count }, of: runs.count)
    }
  }

  private func measure(_ kind: Implant) async -> Case {
    let whole = max(plan.seeds / 10, 2)
    let runs = await Parallel.map(plan.seeds) { seed in
      ImplantRun(
        kind, on: PipelineCases.emptyHost(seed: seed), HostWatch(role: .agents, seed: seed),
        seed: SplitMix64(cell: "case: \(kind.name)", seed: seed), runsToEnd: seed < whole,
        until: .low)
    }
    return Case(name: kind.name, runs: runs)
  }

  func section() async -> Section {
    var section = Section()
    var table = Table(
      "case", "found (95 % interval)", "visits, median", "95th", "most findings a run")
    var steady: [Case] = []
    for kind in PipelineCases.all {
      let result = await measure(kind)
      table.add(
        result.name, result.found.text(), Ranking.quantile(0.5, of: result.visits).text(0),
        Ranking.quantile(0.95, of: result.visits).text(0), "\(result.findings)")
      if PipelineCases.longConnections.contains(where: { $0.name == kind.name }) {
        steady.append(result)
      }
      if kind.name == PipelineCases.backOff.name {
        section.targets.append(
          .atLeast(
            0.95, result.found(within: 30), "one long socket, back-off first: within 30 sends",
            peers: "RITA, Elastic: not scored"))
      }
      if PipelineCases.rotation.last?.name == kind.name {
        section.targets.append(
          .atLeast(
            0.99, result.found, "rotation over 8 addresses, T=60 s, 20 %, through the pipeline",
            peers: "-"))
      }
    }
    if let worst = steady.min(by: { $0.found(within: 15).value < $1.found(within: 15).value }) {
      section.targets.append(
        .atLeast(
          0.95, worst.found(within: 15),
          "one long socket with periodic sends: within 15 sends; the worst period",
          peers: "RITA, Elastic: not scored"))
    }
    section.add(table)
    return section
  }
}
