// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Foundation
import Testing
import Trace
import Wire

@Suite("The recorded sample with records missing")
struct SampleLossTests {
  private func findings(_ share: Double, seed: UInt64) throws -> (findings: [Finding], lost: Int) {
    let path = FirstLookTruth.samples.appending(path: "first-look.trace").path()
    var reader = try TraceReader(path: path)
    var events: [Event] = []
    while let event = try reader.next() { events.append(event) }
    var losses = Losses(share: share, seed: seed)
    var pipeline = DetectionPipeline(header: reader.header)
    for event in losses.thin(events) { pipeline.apply(event) }
    pipeline.finish()
    return (pipeline.findings().filter { $0.severity > .explained }, losses.count)
  }

  private func verdicts(_ findings: [Finding]) -> Set<String> {
    Set(findings.map { "\($0.analytic.slug) \($0.subject) \($0.destination.key)" })
  }

  @Test("One record in a hundred changes no verdict, and is said", arguments: UInt64(1)...6)
  func few(seed: UInt64) throws {
    let whole = try findings(0, seed: 0).findings
    let (thinned, lost) = try findings(0.01, seed: seed)
    #expect(lost > 10)
    #expect(verdicts(thinned) == verdicts(whole))
    #expect(Set(thinned.map(\.severity)) == Set(whole.map(\.severity)))
    for finding in thinned {
      #expect(finding.lostEvents > 0)
      #expect(finding.confidence < 1 && finding.confidence > 0.98)
    }
    #expect(whole.allSatisfy { $0.confidence == 1 })
  }

  @Test("Sixty in a hundred make nothing false appear", arguments: UInt64(1)...12)
  func many(seed: UInt64) throws {
    let whole = try findings(0, seed: 0).findings
    let (thinned, _) = try findings(0.6, seed: seed)
    #expect(verdicts(thinned).isSubset(of: verdicts(whole)))
    for finding in thinned { #expect(finding.confidence < 0.9) }
  }
}
