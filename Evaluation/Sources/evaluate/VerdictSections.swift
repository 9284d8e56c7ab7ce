// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Hosts
import Statistics

/// Verdicts over whole host-days, with and without implants.
struct VerdictSections {
  let plan: Plan
  let runs: [HostRun]

  static func measure(_ plan: Plan) async -> VerdictSections {
    let roles = Role.allCases
    let runs = await Parallel.map(roles.count * plan.hosts) { index in
      HostRun(
        roles[index % roles.count], seed: index / roles.count, days: plan.days,
        copies: plan.copies, runsToEnd: index < roles.count && plan == .full)
    }
    return VerdictSections(plan: plan, runs: runs)
  }

  var implanted: [ImplantRun] { runs.flatMap(\.implants) }

  /// Findings that reached a severity, by what each reached at most.
  private func count(_ alerts: [Alert], _ severity: Severity) -> Int {
    alerts.count { $0.severity == severity }
  }

  // MARK: Benign host-days

  func benign() -> Section {
    var section = Section()
    var table = Table(
      "role mix", "hosts", "learning: host-days", "low", "medium", "high", "after: host-days",
      "low", "medium", "high", "medium and above a host-day (95 % interval)")
    for role in Role.allCases {
      let these = runs.filter { $0.role == role }
      let first = these.flatMap(\.learning)
      let later = these.flatMap(\.after)
      let days = these.reduce(0) { $0 + $1.days }
      table.add(
        cells: [
          role.rawValue, "\(these.count)", "\(these.count * Plan.learningDays)",
          "\(count(first, .low))", "\(count(first, .medium))", "\(count(first, .high))",
          "\(days)", "\(count(later, .low))", "\(count(later, .medium))", "\(count(later, .high))",
          share(later, days) { $0 >= .medium }.text(4),
        ])
    }
    section.add(table)
    let later = runs.flatMap(\.after)
    let days = runs.reduce(0) { $0 + $1.days }
    let first = runs.flatMap(\.learning)
    let firstDays = runs.count * Plan.learningDays
    let peers = "RITA >= .7: 17 false on 4 real days"
    section.targets = [
      .atMost(
        0.01, share(later, days) { $0 >= .medium },
        "benign host-days after learning: findings of medium and above a host-day", peers: peers,
        note: reasons(later) { $0 >= .medium }, places: 4),
      .atMost(
        0.001, share(later, days) { $0 == .high },
        "benign host-days after learning: high", peers: peers,
        note: reasons(later) { $0 == .high }, places: 4),
      .atMost(
        0.1, share(first, firstDays) { $0 >= .medium },
        "benign host-days while learning: medium and above", peers: peers,
        note: reasons(first) { $0 >= .medium }, places: 4),
      Target(
        quantity: "benign host-days: lows", goal: "counted",
        measured: "\(count(first, .low)) in \(firstDays) days of learning, "
          + "\(count(later, .low)) in \(days) days after", peers: "-", outcome: .told,
        note: "each kind with its reasons is below"),
    ]
    for role in Role.allCases {
      let these = runs.filter { $0.role == role }
      let alerts = these.flatMap(\.after)
      let value = share(alerts, these.reduce(0) { $0 + $1.days }) { $0 >= .medium }
      section.targets.append(
        .atMost(
          0.01, value, "the same, after learning, \(role.rawValue)", peers: "-",
          note: reasons(alerts) { $0 >= .medium }, places: 4))
    }
    return section
  }

  private func share(_ alerts: [Alert], _ days: Int, _ counts: (Severity) -> Bool) -> Share {
    // One finding a host-day at most is what the interval can hold; more than that is no share.
    Share(min(alerts.count { counts($0.severity) }, days), of: days)
  }

  /// The most frequent three kinds, each with how often and why.
  private func reasons(_ alerts: [Alert], _ counts: (Severity) -> Bool) -> String {
    var kinds: [String: Int] = [:]
    for alert in alerts where counts(alert.severity) {
      let why = alert.reasons.filter { $0 != "external destination" }.joined(separator: "; ")
      kinds["\(alert.analytic.slug) of `\(program(alert))`: \(why)", default: 0] += 1
    }
    let sorted = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let rest = sorted.dropFirst(3).reduce(0) { $0 + $1.value }
    return
      (sorted.prefix(3).map { "\($0.value) x \($0.key)" }
      + (rest > 0 ? ["\(rest) others"] : [])).joined(separator: ". ")
  }

  /// Numbers in paths belong to one job and not to its kind.
  private func program(_ alert: Alert) -> String {
    alert.program.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.filter { $0.isNumber }.count > 3 ? "…" : String(part)
    }.joined(separator: "/")
  }

  /// What was told on ordinary hosts, with its reasons.
  func told() -> Section {
    var section = Section()
    for (title, alerts) in [
      ("While learning", runs.flatMap { run in run.learning.map { (run.role, $0) } }),
      ("After learning", runs.flatMap { run in run.after.map { (run.role, $0) } }),
    ] {
      var kinds: [[String]: Int] = [:]
      for (role, alert) in alerts {
        kinds[
          [
            role.rawValue, "`\(program(alert))`", alert.analytic.slug, alert.severity.rawValue,
            alert.reasons.joined(separator: "; "),
          ], default: 0] += 1
      }
      var table = Table("role mix", "program", "analytic", "severity", "why", "findings")
      let sorted = kinds.sorted { left, right in
        left.key[3] != right.key[3]
          ? left.key[3] < right.key[3]
          : left.value != right.value
            ? left.value > right.value : left.key.joined() < right.key.joined()
      }
      for (kind, number) in sorted.prefix(60) { table.add(cells: kind + ["\(number)"]) }
      section.say("**\(title)**, \(alerts.count) findings of \(kinds.count) kinds.\n")
      section.add(table)
      if sorted.count > 60 {
        let rest = sorted.dropFirst(60).reduce(0) { $0 + $1.value }
        section.paragraph("\(sorted.count - 60) rarer kinds, \(rest) findings, are not shown.")
      }
    }
    return section
  }

  func summary() -> Section {
    var section = Section()
    let days = runs.reduce(0) { $0 + $1.days }
    var table = Table(
      "from", "precision (95 % interval)", "recall (95 % interval)", "F1",
      "false alerts a host-day", "precision at 1 implant in 100 host-days",
      "at 1 in 10,000")
    for severity in [Severity.low, .medium, .high] {
      let hits = implanted.count { $0.first[severity] != nil }
      let false_ = runs.flatMap(\.after).count { $0.severity >= severity }
      let recall = Share(hits, of: implanted.count)
      let precision = Share(hits, of: hits + false_)
      let f1 = harmonic(precision.value, recall.value)
      let rate = Double(false_) / Double(max(days, 1))
      func atPrevalence(_ share: Double) -> String {
        let good = recall.value * share
        return good + rate > 0 ? (good / (good + rate)).text(3) : "-"
      }
      table.add(
        cells: [
          severity.rawValue, precision.text(), recall.text(), f1.text(3), rate.text(4),
          atPrevalence(0.01), atPrevalence(0.0001),
        ])
    }
    section.add(table)
    let alerts =
      implanted.compactMap { run -> (score: Double, isPositive: Bool)? in
        let best = Severity.allCases.last { run.first[$0] != nil }
        guard let best, let alert = run.first[best] else { return nil }
        return (rank(best, alert.score), true)
      } + runs.flatMap(\.after).map { (rank($0.severity, $0.score), false) }
    let area = Ranking.averagePrecision(alerts, total: implanted.count)
    section.paragraph(
      """
      PR-AUC \(area.text(3)): average precision over \(implanted.count) implanted runs and \(days)
      benign host-days after learning, alerts ranked by severity and then by score.
      """)
    let hits = implanted.count { $0.first[.medium] != nil }
    section.targets.append(
      Target(
        quantity: "verdict at medium: recall over all implants, PR-AUC", goal: "published",
        measured: "\(Share(hits, of: implanted.count).text()), \(area.text(3))",
        peers: "none publishes it per process on Linux", outcome: .told))
    return section
  }

  private func rank(_ severity: Severity, _ score: Double) -> Double {
    Double(severity.index) * 2 + score
  }

  private func harmonic(_ left: Double, _ right: Double) -> Double {
    left + right > 0 ? 2 * left * right / (left + right) : 0
  }
}
