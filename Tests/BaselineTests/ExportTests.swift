// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("A baseline for people and for other hosts")
struct ExportTests {
  private func host(days: Int) -> BaselineRun {
    var script = EventScript()
    let client = EventScript.image(100)
    let shell = EventScript.image(10)
    script.start(shell, "/usr/sbin/parent")
    script.start(client, "/usr/bin/client", parent: shell)
    for day in 0..<days {
      script.resolve("a.example", at: Double(day) * 86_400 + 5)
      script.visit(client, at: Double(day) * 86_400 + 10)
      script.visit(
        client, at: Double(day) * 86_400 + 20, to: EventScript.endpoint("[2001:db8::1]:80"))
    }
    var run = BaselineRun(keeping: [])
    run.play(script.events)
    return run
  }

  @Test("What is exported and taken in again is the same store")
  func roundTrip() {
    var run = host(days: 9)
    let rows = run.baseline.takeChanges()
    let shown = HostBaseline(showing: rows)
    var again = HostBaseline(epochNanoseconds: shown.now * 1_000_000_000)
    again.keep([])
    for event in shown.exported(at: .zero) { again.recalled(event) }
    #expect(Set(again.takeChanges()) == Set(rows))
    #expect(again.unreadableRows == 0)
  }

  @Test("It is shown by subject, as of its last day, with what was counted")
  func shown() throws {
    var run = host(days: 9)
    let shown = HostBaseline(showing: run.baseline.takeChanges())
    #expect(shown.since == BaselineRun.epoch + 10)
    #expect(!shown.isLearning)
    let subject = try #require(shown.knownSubjects().first)
    #expect(subject.text == "s1|uid:0|/usr/bin/client||uid:0|/usr/sbin/parent|")
    #expect(subject.habits.activeDays == 9)
    #expect(subject.ports == [80, 443])
    #expect(subject.destinations == 2)
    // 18 visits of 517 and 4,096 bytes in the first hour of a day.
    #expect(subject.sentByHour[0] == 18 * 517)
    #expect(subject.receivedByHour[0] == 18 * 4_096)
  }

  @Test("Another host's export makes destinations common here and nothing familiar")
  func prevalence() throws {
    var other = host(days: 9)
    let export = HostBaseline(showing: other.baseline.takeChanges())
    var own = HostBaseline(epochNanoseconds: 0)
    own.keep([])
    #expect(own.note(prevalence: export, ofHost: "web-1") == 2)
    #expect(own.note(prevalence: export, ofHost: "web-1") == 2)
    #expect(own.note(prevalence: export, ofHost: "web-2") == 2)
    var run = BaselineRun(epoch: BaselineRun.epoch + 20 * 86_400, keeping: own.takeChanges())
    var script = EventScript()
    let client = EventScript.image(100)
    script.start(client, "/usr/bin/client")
    script.visit(client, at: 10)
    script.visit(client, at: 20, to: EventScript.endpoint("198.51.100.1:443"))
    run.play(script.events)
    let pair = try #require(run.pair())
    let habits = try #require(run.baseline.habits(of: pair.destination))
    #expect(habits.otherHosts == 2)
    // It is new on this host all the same.
    #expect(habits.firstSeen == BaselineRun.epoch + 20 * 86_400 + 10)
    #expect(habits.subjects == 1)
    #expect(run.baseline.habits(of: pair)?.familiarDays == 1)
    #expect(run.baseline.isLearning)
    let unknown = try #require(run.pair(EventScript.endpoint("198.51.100.1:443")))
    #expect(run.baseline.habits(of: unknown.destination)?.otherHosts == 0)
    // A recording of it knows the same.
    var replay = BaselineRun(epoch: BaselineRun.epoch + 20 * 86_400)
    replay.play(run.recorded)
    #expect(replay.baseline.habits(of: pair.destination) == habits)
  }
}
