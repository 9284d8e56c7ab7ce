// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

@Suite("Severity of findings")
struct SeverityTests {
  @Test("What was not known is said")
  func missing() throws {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, "/opt/agent", owner: nil)
    for index in 0..<6 { script.visit(process, at: 100 + 60 * Double(index)) }
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(
      finding.severityReasons == [
        "P2: not known to be root's alone", "not known: exe_owner, exe_mode, dir_writable",
        "external destination",
      ])
    #expect(finding.tests.contains { $0.name == "exe_owner" && $0.outcome == .insufficientData })
  }

  @Test("An explained pair is kept, counted, and told only on request")
  func explained() throws {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, "/usr/bin/scraper")
    let remote = EventScript.endpoint("10.0.0.7:9100")
    for index in 0..<10 { script.visit(process, at: 100 + 15 * Double(index), to: remote) }
    let run = PipelineRun(script)
    #expect(run.changes.isEmpty)
    #expect(run.findings.map(\.severity) == [.explained])
    #expect(run.pipeline.behaviours.evaluations(.beacon, .explained) > 0)
    #expect(run.pipeline.behaviours.evaluations(.beacon, .finding) == 0)
    var settings = PipelineSettings()
    settings.includeExplained = true
    #expect(PipelineRun(script, settings: settings).changes.first?.status == .create)
  }

  @Test("A finding that becomes worth telling is told as created")
  func explainedThenTold() throws {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, "/usr/bin/scraper")
    let remote = EventScript.endpoint("10.0.0.7:9100")
    for index in 0..<10 { script.visit(process, at: 100 + 60 * Double(index), to: remote) }
    var facts = ExecutableFacts()
    facts.mode = 0o100777
    script.know(process, facts, at: EventScript.instant(700))
    for index in 10..<20 { script.visit(process, at: 100 + 60 * Double(index), to: remote) }
    let run = PipelineRun(script)
    #expect(run.changes.first?.status == .create)
    #expect(run.changes.first?.severity == .low)
  }

  @Test("A beacon each of whose visits is answered in the end is not to a destination that is down")
  func answeredInTheEnd() throws {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, "/usr/local/bin/agent")
    for index in 0..<20 {
      let time = 200 + 60 * Double(index)
      for attempt in 0..<3 { script.refusedVisit(process, at: time + 0.03 * Double(attempt)) }
      if index < 19 { script.visit(process, at: time + 0.1) }
    }
    // The last answer is under way.
    script.connect(process, at: 200 + 60 * 19 + 0.1)
    let run = PipelineRun(script)
    #expect(run.findings.map(\.severity) == [.low])
    #expect(run.changes.first?.status == .create)
    #expect(try #require(run.findings.first).severityReasons.allSatisfy { !$0.contains("down") })
  }
}
