// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

@Suite("Through a local forwarder")
struct ForwarderTests: ForwarderStory {
  @Test("A beacon through a forwarder is one to the outside, and the chain is shown")
  func chain() throws {
    let findings = told(story(onward: Self.outer))
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect(finding.analytic == .beacon)
    #expect(finding.severity == .high)
    #expect(finding.destination.scope == .external)
    #expect(finding.destination.label == "via 127.0.0.1:3128")
    let through = try #require(finding.destination.forwarder)
    #expect(through.label == "socat[500]")
    #expect(through.remote == Self.outer)
    #expect(
      finding.message.hasPrefix(
        "kupdater[4121] contacts 127.0.0.1:3128, which socat[500] forwards to 203.0.113.9:443, "
          + "every "))
    #expect(
      finding.json.contains(
        #""through":{"pid":500,"exe":"/usr/bin/socat","address":"203.0.113.9","port":443}"#))
  }

  @Test("Every visit but the first counts: who listens is known once it took one")
  func visits() throws {
    let finding = try #require(told(story(onward: Self.outer)).first)
    guard case .beacon(let evidence) = finding.evidence else {
      Issue.record("no beacon")
      return
    }
    #expect(evidence.visits == 29)
    #expect(evidence.connections.allSatisfy { $0.remote == Self.inner })
  }

  @Test("A local service that connects nowhere, or only inside, is no forwarder")
  func localService() {
    #expect(told(story(onward: nil)).isEmpty)
    #expect(told(story(onward: EventScript.endpoint("10.0.0.5:5432"))).isEmpty)
  }

  @Test("One that passed nothing on for a day is none any more, and not sooner")
  func stopped() throws {
    func findings(after seconds: Double) -> Int {
      var script = story(visits: 2, onward: Self.outer)
      for index in 0..<40 { visit(&script, at: 160 + seconds + 60 * Double(index), nil, nil) }
      return told(script).count
    }
    // The first visit after that is the one that shows it.
    #expect(findings(after: 86_500) == 0)
    #expect(findings(after: 80_000) == 1)
  }

  @Test("Who once held a connection to the outside while it was asked is no forwarder for that")
  func coincidence() {
    var script = story(visits: 1, onward: nil)
    // An update check that begins before a visit and outlives it.
    let update = script.connect(Self.passer, at: 155, to: Self.outer)
    script.connected(update, at: 155.02)
    script.burst(update, Self.passer, first: 156, sent: 517, received: 900)
    visit(&script, at: 160, nil, nil)
    script.finish(update, at: 162, written: 517, read: 900)
    for index in 2..<60 { visit(&script, at: 100 + 60 * Double(index), nil, nil) }
    #expect(told(script).isEmpty)
  }

  @Test("What asks the forwarder itself hides nobody whose connections it passes on")
  func deadEnds() throws {
    var script = EventScript()
    let monitor = EventScript.image(600)
    script.start(Self.passer, "/usr/bin/socat")
    script.start(monitor, "/usr/bin/monit")
    script.start(Self.client, "/tmp/kupdater")
    for index in 0..<30 {
      let time = 100 + 60 * Double(index)
      visit(&script, at: time, Self.outer, nil)
      for probe in 0..<5 {
        visit(&script, at: time + 5 + 9 * Double(probe), nil, nil, by: monitor)
      }
    }
    let finding = try #require(told(script).first)
    #expect(finding.severity == .high && finding.destination.label == "via 127.0.0.1:3128")
  }

  @Test("Whichever of 127/8 is used, the forwarder on that port is one")
  func rotation() throws {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/socat")
    script.start(Self.client, "/tmp/kupdater")
    for index in 0..<30 {
      visit(
        &script, at: 100 + 60 * Double(index), Self.outer, nil,
        to: EventScript.endpoint("127.\(index).\(index).7:3128"))
    }
    let run = PipelineRun(script)
    let findings = told(script)
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect("\(finding.destination.key)" == "via 127.0.0.1:3128")
    #expect(finding.destination.forwarder?.label == "socat[500]")
    #expect(run.pipeline.flows.tables.first { $0.name == "forwarders" }?.count == 1)
  }
}
