// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("nonconforming: programs that never used the network")
struct QuietProgramTests {
  let process = EventScript.image(100)

  private func quiet(days: Int, port: UInt16 = 9999) -> BehaviourRun {
    var script = EventScript()
    for day in 0..<days {
      let image = EventScript.image(UInt32(200 + day))
      script.start(image, "/usr/bin/tar", at: 1_000 + 86_400 * Double(day))
      script.exit(image, at: 1_001 + 86_400 * Double(day))
    }
    let last = EventScript.image(900)
    let time = 1_000 + 86_400 * Double(days)
    script.start(last, "/usr/bin/tar", at: time)
    script.visit(last, at: time + 1, to: EventScript.endpoint("203.0.113.9:\(port)"))
    script.visit(last, at: time + 9, to: EventScript.endpoint("203.0.113.9:\(port)"))
    return BehaviourRun(script)
  }

  @Test("A program that ran on five days without the network and now uses it is told once")
  func newcomer() throws {
    let run = quiet(days: 5)
    #expect(run.signals(.nonconforming).count == 1)
    #expect(try #require(run.nonconforming).quietDays == 5)
    #expect(run.outcome(.nonconforming, "first_network_use") == .met)
    // A host that is hardly known has no programs that never did something.
    var facts = SubjectFacts.untrusted
    facts.isLearning = true
    #expect(run.last(.nonconforming, facts) == nil)
  }

  @Test(
    "What a program did is remembered for 90 days, its use of the network too",
    arguments: [(gap: 90.0, signals: 0), (gap: 92, signals: 1)])
  func forgotten(gap: Double, signals: Int) {
    func run(_ script: inout EventScript, _ pid: UInt32, day: Double, visits: Bool = false) {
      let image = EventScript.image(pid, start: 1_000 + 86_400 * day)
      script.start(image, "/usr/bin/tar", at: 1_000 + 86_400 * day)
      if visits {
        script.visit(
          image, at: 1_001 + 86_400 * day, to: EventScript.endpoint("203.0.113.9:9999"))
      }
      script.exit(image, at: 1_010 + 86_400 * day)
    }
    var script = EventScript()
    // It uses the network at once, rests, runs quietly on five days and uses it again.
    run(&script, 200, day: 0, visits: true)
    for day in 0..<5 as Range<UInt32> { run(&script, 201 + day, day: gap + Double(day)) }
    run(&script, 210, day: gap + 5, visits: true)
    #expect(BehaviourRun(script).signals(.nonconforming).count == signals)
    // It runs quietly on five days, rests, and uses the network at once.
    var other = EventScript()
    for day in 0..<5 as Range<UInt32> { run(&other, 200 + day, day: Double(day)) }
    run(&other, 210, day: 4 + gap, visits: true)
    #expect(BehaviourRun(other).signals(.nonconforming).count == 1 - signals)
  }

  @Test("A program that used the network before the clock was set has done so")
  func clock() {
    let remote = EventScript.endpoint("203.0.113.9:9999")
    var script = EventScript()
    // It ran before the sensor: nothing is known of its days.
    script.start(EventScript.image(100), "/usr/bin/tar", at: 1_000) { $0.wasFound = true }
    script.visit(EventScript.image(100), at: 1_001, to: remote)
    let known = script.events.count
    for day in 1...6 as ClosedRange<UInt32> {
      let time = 1_000 + 86_400 * Double(day)
      let image = EventScript.image(200 + day, start: time)
      script.start(image, "/usr/bin/tar", at: time)
      if day == 6 { script.visit(image, at: time + 1, to: remote) }
    }
    var flows = FlowTable()
    var behaviours = Behaviours()
    for (index, event) in script.events.enumerated() {
      if index == known { behaviours.move(bySeconds: 200 * 86_400) }
      flows.apply(event, observer: &behaviours)
    }
    #expect(!behaviours.signals.contains { $0.analytic == .nonconforming })
  }

  @Test("A full table of programs gives up what nobody started for 90 days")
  func staleMakesRoom() {
    var settings = AnalyticSettings()
    settings.nonconforming.programLimit = 4
    var script = EventScript()
    for index in 0..<4 as Range<UInt32> {
      script.start(EventScript.image(100 + index), "/usr/bin/old\(index)", at: 1_000)
    }
    for day in 0..<6 {
      let time = 1_000 + 86_400 * Double(95 + day)
      let image = EventScript.image(UInt32(200 + day), start: time)
      script.start(image, "/usr/bin/new", at: time)
      if day == 5 {
        script.visit(image, at: time + 1, to: EventScript.endpoint("203.0.113.9:9999"))
      }
    }
    let run = BehaviourRun(script, settings: settings)
    #expect(run.signals(.nonconforming).count == 1)
    let table = run.behaviours.tables.first { $0.name == "nonconforming_programs" }
    #expect(table?.evictions == 0)
  }

  @Test("Fewer days, and resolver, Kerberos and directory traffic, are no first use")
  func noNewcomer() {
    #expect(quiet(days: 4).signals(.nonconforming).isEmpty)
    for port in [53, 88, 389, 636] as [UInt16] {
      #expect(quiet(days: 6, port: port).signals(.nonconforming).isEmpty)
    }
  }

  @Test("A program that was running before is not known to be new to the network")
  func running() {
    var script = EventScript()
    for day in 0..<9 { script.visit(process, at: 1_000 + 86_400 * Double(day)) }
    #expect(BehaviourRun(script).signals(.nonconforming).isEmpty)
  }
}
