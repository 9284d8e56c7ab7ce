// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

@Suite("Records that are missing")
struct LossTests {
  /// A beacon and a one-way sender from where users can write, beside traffic that must stay
  /// silent: answered clients at memoryless times, uploads that are answered, a long poll.
  private func host(seed: UInt64) -> EventScript {
    var script = EventScript()
    let beacon = EventScript.image(100, start: 1)
    let sender = EventScript.image(101, start: 1)
    script.start(beacon, "/tmp/beacon")
    script.start(sender, "/home/u/sender")
    for index in 0..<40 { script.visit(beacon, at: 10 + 90 * Double(index)) }
    var gaps = ExponentialGaps(seed: seed, mean: 240)
    var time = 20.0
    while time < 3_600 {
      script.visit(
        sender, at: time, to: EventScript.endpoint("198.51.100.7:80"), sent: 300_000, received: 0)
      time += 60 + gaps.next()
    }
    for pid in UInt32(200)..<206 {
      let client = EventScript.image(pid, start: 2)
      script.start(client, "/usr/local/bin/client\(pid)")
      var gaps = ExponentialGaps(seed: seed &+ UInt64(pid), mean: 50)
      var time = 5 + gaps.next()
      while time < 3_600 {
        let isUpload = pid % 2 == 0
        script.visit(
          client, at: time, to: EventScript.endpoint("203.0.113.\(pid - 180):80"),
          sent: isUpload ? 40_000 : 400, received: isUpload ? 200 : 90_000)
        time += 1 + gaps.next()
      }
    }
    return script.inOrder
  }

  private func run(_ share: Double, seed: UInt64) -> (findings: [Finding], lost: Int) {
    var losses = Losses(share: share, seed: seed)
    var script = EventScript()
    for event in losses.thin(host(seed: 7).events) { script.add(event) }
    return (PipelineRun(script).findings.filter { $0.severity > .explained }, losses.count)
  }

  private func verdicts(_ findings: [Finding]) -> Set<String> {
    Set(findings.map { "\($0.analytic.slug) \($0.subject) \($0.destination.key)" })
  }

  @Test("The whole story has its two findings")
  func whole() {
    let findings = run(0, seed: 1).findings
    #expect(
      Set(findings.map { "\($0.analytic.slug) \($0.process.pid)" }) == [
        "beacon 100", "one-way 101",
      ])
    #expect(findings.allSatisfy { $0.confidence == 1 })
  }

  @Test("One in a hundred changes neither findings nor severities", arguments: UInt64(1)...10)
  func few(seed: UInt64) {
    let whole = run(0, seed: 1).findings
    let (thinned, lost) = run(0.01, seed: seed)
    #expect(lost > 3)
    #expect(verdicts(thinned) == verdicts(whole))
    #expect(thinned.map(\.severity) == whole.map(\.severity))
    #expect(thinned.allSatisfy { $0.confidence < 1 })
  }

  @Test("Sixty in a hundred make nothing false appear", arguments: UInt64(1)...25)
  func many(seed: UInt64) {
    let whole = verdicts(run(0, seed: 1).findings)
    let (thinned, _) = run(0.6, seed: seed)
    #expect(verdicts(thinned).isSubset(of: whole))
    #expect(thinned.allSatisfy { $0.confidence < 0.9 })
  }
}
