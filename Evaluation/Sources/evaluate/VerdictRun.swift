// SPDX-License-Identifier: Apache-2.0

import Findings
import Flows
import Hosts
import Randomness
import Wire

/// What became of one implant on one host.
struct ImplantRun: Sendable {
  let name: String
  /// First alert at each severity, by its place.
  private(set) var first: [Severity: Alert] = [:]
  private(set) var visits: [Severity: Int] = [:]
  private(set) var minutes: [Severity: Double] = [:]
  /// Distinct findings about it, where the run went on to its end.
  private(set) var findings: Int?
  /// Alerts about anything else, while it ran.
  private(set) var others: [Alert] = []

  /// The run may end after its first alert of `least`, or of the expected severity.
  ///
  /// Where the host stands still and does nothing else, `tellsAll` counts every alert: a change of
  /// the host's own program is told under names that are the host's.
  init(
    _ kind: Implant, on host: SimulatedHost, _ watch: HostWatch, seed: SplitMix64,
    runsToEnd: Bool, until least: Severity? = nil, tellsAll: Bool = false
  ) {
    name = kind.name
    var random = seed
    var host = host
    var watch = watch
    watch.forgetAlerts()
    let start = Double(host.day) * SimulatedHost.secondsPerDay + random.uniform(60, 3_600)
    var acts = kind.plan(start, &random)
    let visitTimes = acts.filter(\.isVisit).map(\.time)
    let end = start + (kind.hours + 0.1) * 3_600
    // What should not be told is watched to its end.
    let expected = least ?? kind.expected.severity
    var isOver = false
    while !isOver {
      acts = host.live(also: acts, isQuiet: !runsToEnd) { writer in
        for alert in watch.take(&writer) {
          guard alert.isControl || tellsAll else { continue }
          for severity in Severity.allCases where severity <= alert.severity {
            guard first[severity] == nil else { continue }
            first[severity] = alert
            visits[severity] = visitTimes.count { $0 <= alert.time }
            minutes[severity] = (alert.time - (visitTimes.first ?? start)) / 60
          }
        }
        let isFound = expected.map { first[$0] != nil } ?? false
        isOver = (isFound && !runsToEnd) || watch.pipeline.flows.now.seconds > end
        return !isOver
      }
      isOver = isOver || Double(host.day) * SimulatedHost.secondsPerDay > end
    }
    let all = watch.highest
    others = all.filter { !$0.isControl }
    if runsToEnd { findings = all.count { $0.isControl } }
  }
}

/// One host: its first week, its further days, and every implant on its eighth day.
struct HostRun: Sendable {
  let role: Role
  let learning: [Alert]
  let after: [Alert]
  let implants: [ImplantRun]
  /// Harmless changes, likewise.
  let changes: [ImplantRun]
  let events: Int
  let days: Int

  init(_ role: Role, seed: Int, days: Int, copies: Int, runsToEnd: Bool) {
    self.role = role
    self.days = days
    var host = role.host(seed: seed)
    var watch = HostWatch(role: role, seed: seed)
    for _ in 0..<Plan.learningDays {
      host.live { writer in
        _ = watch.take(&writer)
        return true
      }
    }
    learning = watch.highest
    func runs(_ kinds: [Implant], toEnd: Bool, tellsAll: Bool) -> [ImplantRun] {
      kinds.flatMap { kind in
        (0..<copies).map { copy in
          ImplantRun(
            kind, on: host, watch,
            seed: SplitMix64(
              cell: "implant: \(kind.name), \(role.rawValue)", seed: seed * copies + copy),
            runsToEnd: toEnd && copy == 0, tellsAll: tellsAll)
        }
      }
    }
    implants = runs(Implant.all + Implant.hard, toEnd: runsToEnd, tellsAll: false)
    changes = runs(Implant.changes, toEnd: false, tellsAll: true)
    watch.forgetAlerts()
    for _ in 0..<days {
      host.live { writer in
        _ = watch.take(&writer)
        return true
      }
    }
    after = watch.highest
    events = watch.events
  }
}

extension Implant.Expectation {
  /// Nil where nothing is expected.
  var severity: Severity? {
    switch self {
    case .nothing: nil
    case .low: .low
    case .medium: .medium
    case .high: .high
    }
  }
}
