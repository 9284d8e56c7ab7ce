// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Hosts
import Statistics

/// What was told about implants, and about harmless changes.
extension VerdictSections {
  func implants() -> Section {
    var section = Section()
    var table = Table(
      "implant", "expected", "recall at that (95 % interval)", "at medium", "at low",
      "visits to medium, median", "95th", "minutes, median", "95th", "period off by",
      "by (runs)", "most findings a run")
    for kind in Implant.all + Implant.hard {
      let these = implanted.filter { $0.name == kind.name }
      let visits = these.compactMap { $0.visits[.medium].map(Double.init) }
      let minutes = these.compactMap { $0.minutes[.medium] }
      let errors = these.compactMap { run in
        run.first[.medium]?.period.flatMap { told in kind.period.map { abs(told / $0 - 1) } }
      }
      let error = Ranking.quantile(0.5, of: errors).map { ($0 * 100).text(1) + " %" }
      table.add(
        cells: [
          kind.name, kind.expected.rawValue,
          kind.expected.severity.map { recall($0, these).text() } ?? "-",
          recall(.medium, these).value.text(3), recall(.low, these).value.text(3),
          Ranking.quantile(0.5, of: visits).text(0), Ranking.quantile(0.95, of: visits).text(0),
          Ranking.quantile(0.5, of: minutes).text(1), Ranking.quantile(0.95, of: minutes).text(1),
          error ?? "-", tellers(these), these.compactMap(\.findings).max().map { "\($0)" } ?? "-",
        ])
    }
    section.add(table)
    return section
  }

  /// What a roll-out costs: runs by the highest severity that each reached.
  func changes() -> Section {
    var section = Section()
    var table = Table(
      "harmless change", "by the rules", "runs", "nothing", "low", "medium", "high", "by (runs)",
      "why, of the first")
    let all = runs.flatMap(\.changes)
    for kind in Implant.changes {
      let these = all.filter { $0.name == kind.name }
      let highest = these.map { run in Severity.allCases.last { run.first[$0] != nil } }
      func count(_ severity: Severity?) -> String { "\(highest.count { $0 == severity })" }
      let reasons = these.lazy.compactMap { run in
        Severity.allCases.last { run.first[$0] != nil }.flatMap { run.first[$0]?.reasons }
      }.first
      table.add(
        cells: [
          kind.name, kind.expected.rawValue, "\(these.count)", count(nil), count(.low),
          count(.medium), count(.high), tellers(these), reasons?.joined(separator: "; ") ?? "-",
        ])
    }
    section.add(table)
    return section
  }

  private func recall(_ severity: Severity, _ runs: [ImplantRun]) -> Share {
    Share(runs.count { $0.first[severity] != nil }, of: runs.count)
  }

  /// The analytics that told first, with how many runs each.
  private func tellers(_ runs: [ImplantRun]) -> String {
    var counts: [String: Int] = [:]
    for run in runs {
      if let alert = run.first[.low] { counts[alert.analytic.slug, default: 0] += 1 }
    }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return sorted.isEmpty
      ? "-" : sorted.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }
}
