// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("The baseline's bounds")
struct BoundTests {
  @Test("No table grows beyond its limit, and what leaves is counted and removed from the store")
  func bounded() {
    var limits = BaselineLimits()
    limits.subjects = 4
    limits.pairs = 8
    limits.destinations = 8
    limits.edges = 4
    limits.names = 4
    var run = BaselineRun(limits: limits, keeping: [])
    var kept: Set<StateRow> = []
    var script = EventScript()
    let shell = EventScript.image(1)
    script.start(shell, "/bin/sh")
    for index in 0..<20 as Range<UInt32> {
      let image = EventScript.image(100 + index)
      script.start(image, "/opt/tool\(index)", parent: shell)
      script.resolve("host\(index).example", at: 1)
      for other in 0..<3 {
        let remote = EventScript.endpoint("203.0.113.\(index):\(443 + other)")
        script.visit(image, at: 10 + Double(index) * 700, to: remote)
      }
    }
    for event in script.events {
      run.play([event])
      for row in run.baseline.takeChanges() {
        kept = kept.filter { $0.kind != row.kind || $0.key != row.key }
        if !row.value.isEmpty { kept.insert(row) }
      }
    }
    for table in run.baseline.tables { #expect(table.count <= table.limit, "\(table.name)") }
    let evictions = run.baseline.tables.map(\.evictions)
    #expect(evictions.prefix(5).allSatisfy { $0 > 0 })
    for (kind, limit) in [
      (BaselineRow.Kind.subject, 4), (.pair, 8), (.destination, 8), (.edge, 4), (.name, 4),
    ] { #expect(kept.count { $0.kind == kind.rawValue } <= limit, "\(kind)") }
    // No pair outlives its subject.
    var again = BaselineRun(limits: limits, keeping: Array(kept))
    again.play([])
    #expect(again.baseline.unreadableRows == 0)
  }

  @Test("What was not used for 90 days makes room before what was")
  func stale() throws {
    var limits = BaselineLimits()
    limits.destinations = 2
    var script = EventScript()
    let client = EventScript.image(100)
    script.start(client, "/usr/bin/client")
    let remotes = ["203.0.113.1:443", "203.0.113.2:443", "203.0.113.3:443"]
      .map(EventScript.endpoint)
    script.visit(client, at: 10, to: remotes[0])
    script.visit(client, at: 91 * BaselineRun.day, to: remotes[1])
    script.visit(client, at: 92 * BaselineRun.day, to: remotes[2])
    let run = BaselineRun(script, limits: limits)
    #expect(run.baseline.habits(of: try #require(run.pair(remotes[0])).destination) == nil)
    #expect(run.baseline.habits(of: try #require(run.pair(remotes[1])).destination) != nil)
  }
}
