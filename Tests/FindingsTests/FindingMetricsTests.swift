// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing

@testable import Findings

@Suite("What is counted about findings")
struct FindingMetricsTests {
  @Test("Visits to a finding are those of a clock; what has none is not in the lowest bucket")
  func visits() throws {
    var finding = try #require(PipelineRun(.beacon(visits: 30)).findings.first)
    guard case .beacon(let found) = finding.evidence else {
      Issue.record("\(finding.evidence)")
      return
    }
    var beacon = found
    var metrics = FindingMetrics()
    beacon.visitsAtFinding = 7
    finding.evidence = .beacon(beacon)
    metrics.noteCreated(finding)
    #expect(metrics.visitCounts == [0, 1, 0, 0, 0, 0] && metrics.visitSum == 7)
    beacon.visitsAtFinding = 0
    finding.evidence = .beacon(beacon)
    metrics.noteCreated(finding)
    #expect(metrics.visitCounts == [0, 1, 0, 0, 0, 0] && metrics.visitSum == 7)
  }
}
