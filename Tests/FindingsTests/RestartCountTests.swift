// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Findings
import Testing
import Wire

@Suite("What is counted over a restart")
struct RestartCountTests {
  @Test("A connection that stays open counts once, however often the sensor starts anew")
  func openConnection() throws {
    let socket = SocketKey(cookie: 1, generation: 0)
    var rows: [StateRow] = []
    for run in 0..<4 {
      let start = 2_000 * Double(run) + 1
      var script = EventScript()
      let system = EventScript.image(1)
      script.start(system, "/usr/lib/systemd/systemd", at: start)
      script.start(EventScript.implant, "/tmp/kupdater", parent: system, at: start)
      if run == 0 {
        #expect(script.connect(EventScript.implant, at: start + 1) == socket)
        script.connected(socket, at: start + 2)
      } else {
        script.add(
          .adopt(
            AdoptEvent(
              time: EventScript.instant(start + 1), socket: socket,
              networkNamespace: 4_026_531_840, local: EventScript.local,
              remote: EventScript.remote, outbound: true, image: EventScript.implant)))
      }
      script.burst(
        socket, EventScript.implant, first: start + 3, last: start + 300, sent: 50_000)
      for tick in 31...190 { script.tick(at: start + 10 * Double(tick)) }
      let state = StateRun(script.events, keeping: rows)
      #expect(!state.findings.contains { $0.analytic == .oneWay }, "run \(run)")
      guard run == 3 else {
        rows = state.rows
        continue
      }
      // It was counted, and a third time it would be told.
      let subject = state.pipeline.behaviours.savedPairs().first { $0.kind == .oneWay }
      let assessment = subject.flatMap {
        state.pipeline.behaviours.assessment(of: .oneWay, $0.pair)
      }
      guard case .oneWay(let evidence)? = assessment?.evidence else {
        Issue.record("nothing is counted")
        return
      }
      #expect(evidence.oneWaySockets == 1)
    }
  }

  @Test("Six hours of visits without a clock are six hours over a boot")
  func irregularOverABoot() throws {
    var gaps = ExponentialGaps(seed: 5, mean: 900)
    var times = [100.0]
    while times.count < 40 { times.append((times.last ?? 0) + 5 + gaps.next()) }
    // The host boots after four hours; the last visits are seven hours after the first.
    let boot = 100 + 4 * 3_600.0
    func told(_ times: [Double], boot: Double, _ rows: [StateRow]) -> StateRun {
      var script = EventScript()
      let system = EventScript.image(1)
      script.start(system, "/usr/lib/systemd/systemd", at: 1)
      script.start(EventScript.implant, "/tmp/kupdater", parent: system, at: 1)
      for time in times { script.visit(EventScript.implant, at: time - boot) }
      return StateRun(
        script.events, boot: Int64(boot), bootID: boot > 0 ? "second" : "first", keeping: rows)
    }
    let first = told(times.filter { $0 < boot - 60 }, boot: 0, [])
    #expect(first.findings.isEmpty)
    let second = told(
      times.filter { $0 > boot + 60 && $0 < 100 + 7 * 3_600 }, boot: boot, first.rows)
    let finding = try #require(second.findings.first)
    #expect(finding.outcome("irregular_hours") == .met)
    guard case .number(let hours)? = finding.test("irregular_hours")?.value else {
      Issue.record("no hours")
      return
    }
    let last = try #require(times.last { $0 < 100 + 7 * 3_600 })
    #expect(abs(hours - (last - 100) / 3_600) < 0.01)
  }
}
