// SPDX-License-Identifier: Apache-2.0

import Hosts
import Peers
import Statistics
import Wire

/// What the peers say of ordinary host-days.
struct PeerDays {
  let plan: Plan

  private struct Rows: Sendable {
    var times: [Double] = []
    var sent: [Double] = []
    var received: [Double] = []
  }

  private struct Counts: Sendable {
    var pairs = 0
    var flagged = [0, 0, 0, 0, 0, 0]
  }

  /// Outbound connections of the host's eighth day, by remote.
  private static func rows(_ role: Role, _ seed: Int) -> [Rows] {
    var host = role.host(seed: seed)
    for _ in 0..<Plan.learningDays {
      host.live { writer in
        writer.take { _ in }
        return true
      }
    }
    let start = Double(Plan.learningDays) * SimulatedHost.secondsPerDay
    var rows: [Endpoint: Rows] = [:]
    var order: [Endpoint] = []
    var open: [SocketKey: (Endpoint, Double)] = [:]
    host.live { writer in
      writer.take { event in
        switch event {
        case .connect(let event):
          open[event.socket] = (event.remote, event.time.seconds - start)
        case .final(let event):
          guard let (remote, time) = open.removeValue(forKey: event.socket) else { return }
          if rows[remote] == nil { order.append(remote) }
          rows[remote, default: Rows()].times.append(time)
          rows[remote, default: Rows()].sent.append(Double(event.writtenBytes))
          rows[remote, default: Rows()].received.append(Double(event.readBytes))
        default: break
        }
      }
      return true
    }
    return order.compactMap { rows[$0] }
  }

  private static func count(_ role: Role, _ seed: Int) -> Counts {
    var counts = Counts()
    for row in rows(role, seed) where row.times.count >= 4 {
      counts.pairs += 1
      let run = PeerRun(
        FlowRow(
          times: row.times, sent: row.sent, received: row.received,
          span: SimulatedHost.secondsPerDay))
      let hits = [
        run.rita >= 0.7, run.rita >= 0.9, run.elastic >= 2, run.isFlareHit, run.isSentinelHit,
        run.isSteady,
      ]
      for (place, isHit) in hits.enumerated() where isHit { counts.flagged[place] += 1 }
    }
    return counts
  }

  func section() async -> Section {
    let hosts = min(plan.hosts, 5)
    let roles = Role.allCases
    let all = await Parallel.map(roles.count * hosts) { index in
      Self.count(roles[index % roles.count], index / roles.count)
    }
    var section = Section()
    var table = Table(
      "role mix", "host-days", "pairs of 4 connections and more", "RITA >= .7", "RITA >= .9",
      "Elastic >= 2", "flare", "Sentinel", "variation <= .2")
    for (place, role) in roles.enumerated() {
      let these = all.indices.filter { $0 % roles.count == place }.map { all[$0] }
      let flagged = (0..<6).map { kind in "\(these.reduce(0) { $0 + $1.flagged[kind] })" }
      table.add(
        cells: [role.rawValue, "\(hosts)", "\(these.reduce(0) { $0 + $1.pairs })"] + flagged)
    }
    section.add(table)
    return section
  }
}
