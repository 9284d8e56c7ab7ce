// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("What a host's subjects normally do")
struct HabitTests {
  private let client = EventScript.image(100)
  private let day = BaselineRun.day

  private func script(_ path: String = "/usr/bin/client", uid: UInt32 = 0) -> EventScript {
    var script = EventScript()
    script.start(client, path, uid: uid)
    return script
  }

  @Test("Active days are those of the last 14 with a connection, today included")
  func activeDays() throws {
    var script = script()
    for index in [0, 1, 5, 13] as [Double] { script.visit(client, at: index * day + 40_000) }
    var run = BaselineRun(script)
    let pair = try #require(run.pair())
    #expect(run.baseline.habits(of: pair.subject)?.activeDays == 4)
    #expect(run.baseline.habits(of: pair.subject)?.firstSeen == BaselineRun.epoch + 40_000)
    #expect(run.baseline.habits(of: pair)?.familiarDays == 4)
    var later = EventScript()
    later.visit(client, at: 14 * day + 10)
    run.play(later.events)
    // The first day has left the window, and the pair's longer one has not.
    #expect(run.baseline.habits(of: pair.subject)?.activeDays == 4)
    #expect(run.baseline.habits(of: pair)?.familiarDays == 5)
  }

  @Test("A host is learned for seven days after the first thing that is known of it")
  func learning() {
    var script = script()
    script.visit(client, at: 10)
    script.visit(client, at: 7 * day - 1)
    var run = BaselineRun(script)
    // The program was started in the first second.
    let wasLearning = run.baseline.isLearning
    #expect(wasLearning)
    var later = EventScript()
    later.visit(client, at: 7 * day + 1)
    run.play(later.events)
    let isLearning = run.baseline.isLearning
    #expect(!isLearning)
  }

  @Test(
    "Network-facing is who was reached from outside on two days",
    arguments: [
      (["198.51.100.7:5000", "198.51.100.8:5001"], [0.0, 1.0], true),
      (["10.0.0.7:5000", "10.0.0.8:5001"], [0.0, 1.0], true),
      (["198.51.100.7:5000", "198.51.100.8:5001"], [0.0, 0.5], false),
      (["127.0.0.1:5000", "127.0.0.1:5001"], [0.0, 1.0], false),
    ])
  func networkFacing(remotes: [String], days: [Double], expected: Bool) throws {
    var script = script("/usr/sbin/server")
    for (remote, at) in zip(remotes, days) {
      script.accept(client, at: at * day + 100, from: remote)
    }
    script.visit(client, at: 1.9 * day)
    let run = BaselineRun(script)
    let pair = try #require(run.pair())
    #expect(run.baseline.habits(of: pair.subject)?.isNetworkFacing == expected)
  }

  @Test(
    "A subject's users are told by class",
    arguments: [(0, ["root"]), (33, ["system"]), (1_000, ["user"])] as [(UInt32, [String])])
  func users(uid: UInt32, expected: [String]) throws {
    var script = script(uid: uid)
    script.visit(client, at: 10)
    let run = BaselineRun(script)
    #expect(run.baseline.habits(of: try #require(run.pair()).subject)?.users.words == expected)
  }

  @Test("A destination counts its subjects, up to eight")
  func destinationSubjects() throws {
    var script = EventScript()
    for index in 0..<12 as Range<UInt32> {
      let image = EventScript.image(200 + index)
      script.start(image, "/usr/bin/tool\(index)")
      script.visit(image, at: 10 + Double(index))
      script.visit(image, at: 50 + Double(index))
      let run = BaselineRun(script)
      let pair = try #require(run.pair())
      #expect(run.baseline.habits(of: pair.destination)?.subjects == min(Int(index) + 1, 8))
    }
  }

  @Test("What a connection spoke is known once it was spoken for a week")
  func protocols() throws {
    var script = script()
    let request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
    script.visit(client, at: 10, saying: request)
    var run = BaselineRun(script)
    let subject = try #require(run.pair()).subject
    #expect(run.baseline.habits(of: subject)?.protocols == [])
    var later = EventScript()
    later.visit(client, at: 7 * day + 10, saying: request)
    later.visit(client, at: 7 * day + 20, saying: "SSH-2.0-OpenSSH_9.2\r\n")
    run.play(later.events)
    #expect(run.baseline.habits(of: subject)?.protocols == ["http"])
  }

  @Test("An edge between executables is new for a week, and never one of the first day")
  func edges() {
    var script = EventScript()
    let shell = EventScript.image(10)
    script.start(shell, "/bin/sh")
    for (index, at) in [100, 3 * day].enumerated() {
      let child = EventScript.image(20 + UInt32(index), start: at)
      script.start(child, "/usr/bin/tool\(index)", parent: shell, at: at)
    }
    var run = BaselineRun(script)
    let isNew = { (run: BaselineRun, child: ByteString) in
      run.baseline.isEdgeNew(parent: "/bin/sh", child: child)
    }
    #expect(isNew(run, "/usr/bin/tool0") == false)
    #expect(isNew(run, "/usr/bin/tool1") == true)
    #expect(isNew(run, "/usr/bin/never") == true)
    var later = EventScript()
    later.visit(client, at: 10.1 * day)
    run.play(later.events)
    #expect(isNew(run, "/usr/bin/tool1") == false)
    var first = EventScript()
    first.visit(client, at: 100)
    #expect(isNew(BaselineRun(first), "/usr/bin/never") == nil)
  }

  @Test("A name was resolved here in whatever case; of the first day nothing is known")
  func names() {
    var script = script()
    script.resolve("a.Example", at: 10)
    script.visit(client, at: 20)
    var run = BaselineRun(script)
    #expect(run.baseline.wasResolved("A.example.") == true)
    #expect(run.baseline.wasResolved("b.example") == nil)
    var later = EventScript()
    later.visit(client, at: 1.1 * day)
    run.play(later.events)
    #expect(run.baseline.wasResolved("b.example") == false)
    // Where no answer can be seen, nobody can say what was not resolved.
    var blind = self.script()
    blind.visit(client, at: 10)
    blind.visit(client, at: 2 * day)
    #expect(BaselineRun(blind).baseline.wasResolved("b.example") == nil)
  }

  @Test("A package that becomes known later makes no second subject of an executable")
  func refined() throws {
    var script = script("/usr/bin/client")
    script.visit(client, at: 10)
    script.visit(client, at: day + 10)
    var run = BaselineRun(script)
    let before = try #require(run.pair())
    var facts = ExecutableFacts()
    facts.package = "client"
    facts.isPackageVerified = true
    var later = EventScript()
    later.know(client, facts, at: EventScript.instant(day + 20))
    later.visit(client, at: 2 * day + 10)
    run.play(later.events)
    let after = try #require(run.pair())
    #expect(run.baseline.habits(of: after)?.familiarDays == 3)
    #expect(run.baseline.habits(of: before)?.familiarDays == 3)
    #expect(run.baseline.subjectCount == 1)
    #expect(
      run.baseline.event(of: after.subject, at: .zero)?.facts.subject
        == "s1|pkg:client|/usr/bin/client||||")
  }
}
