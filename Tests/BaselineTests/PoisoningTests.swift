// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("What must not become familiar")
struct PoisoningTests {
  private let client = EventScript.image(100)
  private let day = BaselineRun.day

  /// One visit a day at noon on these days.
  private func visits(_ days: ClosedRange<Int>, by image: ImageKey? = nil) -> EventScript {
    var script = EventScript()
    for index in days { script.visit(image ?? client, at: Double(index) * day + 43_200) }
    return script
  }

  private func known(_ path: String) -> BaselineRun {
    var script = EventScript()
    script.start(client, path)
    return BaselineRun(script)
  }

  @Test("Days on which a finding was open do not count, those before and after it do")
  func openFinding() throws {
    var run = known("/usr/bin/client")
    run.play(visits(0...2).events)
    let pair = try #require(run.pair())
    run.baseline.setTainted(true, pair)
    run.play(visits(3...5).events)
    // Day 2 is tainted as well: on it the finding was opened.
    #expect(run.baseline.habits(of: pair)?.familiarDays == 2)
    run.baseline.setTainted(false, pair)
    run.play(visits(6...8).events)
    // Day 5 saw the finding closed.
    #expect(run.baseline.habits(of: pair)?.familiarDays == 5)
  }

  @Test("A taint of one pair leaves the subject's other pairs familiar")
  func otherPair() throws {
    var run = known("/usr/bin/client")
    let other = EventScript.endpoint("198.51.100.7:443")
    run.play(visits(0...0).events)
    let pair = try #require(run.pair())
    run.baseline.setTainted(true, pair)
    var script = EventScript()
    for index in 1...7 {
      script.visit(client, at: Double(index) * day + 1_000)
      script.visit(client, at: Double(index) * day + 2_000, to: other)
    }
    run.play(script.events)
    #expect(run.baseline.habits(of: pair)?.familiarDays == 0)
    let second = try #require(run.pair(other))
    #expect(run.baseline.habits(of: second)?.familiarDays == 7)
  }

  @Test("A finding on a pair that left the table still taints its days")
  func evictedPair() throws {
    var limits = BaselineLimits()
    limits.pairs = 2
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    var run = BaselineRun(script, limits: limits)
    run.play(visits(0...0).events)
    let pair = try #require(run.pair())
    run.baseline.setTainted(true, pair)
    var spray = EventScript()
    for index in 1...9 {
      spray.visit(client, at: 50_000, to: EventScript.endpoint("198.51.100.\(index):443"))
    }
    run.play(spray.events)
    run.play(visits(1...3).events)
    #expect(run.baseline.habits(of: pair)?.familiarDays == 0)
  }

  @Test("Code from a temporary directory never becomes familiar")
  func volatilePath() throws {
    var run = known("/tmp/client")
    run.play(visits(0...9).events)
    #expect(run.baseline.habits(of: try #require(run.pair()))?.familiarDays == 0)
  }

  @Test("A program that is altered, and mended later, has no familiar days in between")
  func alteredPackage() throws {
    func facts(_ isVerified: Bool) -> ExecutableFacts {
      var facts = ExecutableFacts()
      facts.package = "client"
      facts.isPackageVerified = isVerified
      return facts
    }
    var run = known("/usr/bin/client")
    var script = EventScript()
    script.know(client, facts(true), at: EventScript.instant(1))
    run.play(script.events)
    run.play(visits(0...2).events)
    let altered = EventScript.image(200, start: 3 * day)
    var second = EventScript()
    second.start(altered, "/usr/bin/client", at: 3 * day)
    second.visit(altered, at: 3 * day + 10)
    // That it was altered is known only after its first visit.
    second.know(altered, facts(false), at: EventScript.instant(3 * day + 20))
    run.play(second.events)
    run.play(visits(3...9, by: altered).events)
    let mended = EventScript.image(300, start: 10 * day)
    var third = EventScript()
    third.start(mended, "/usr/bin/client", at: 10 * day)
    third.know(mended, facts(true), at: EventScript.instant(10 * day + 1))
    run.play(third.events)
    run.play(visits(10...11, by: mended).events)
    // Days 0 to 2, 10 and 11.
    #expect(run.baseline.habits(of: try #require(run.pair()))?.familiarDays == 5)
  }

  @Test("More such images than can be noted make their subject unfamiliar for good")
  func overflow() throws {
    var limits = BaselineLimits()
    limits.taints = 3
    var script = EventScript()
    for index in 0..<5 as Range<UInt32> {
      let image = EventScript.image(100 + index)
      script.start(image, "/dev/shm/x")
      script.visit(image, at: Double(index) + 10)
    }
    var run = BaselineRun(script, limits: limits)
    for index in 0..<5 as Range<UInt32> {
      run.play(visits(1...9, by: EventScript.image(100 + index)).events)
    }
    #expect(run.baseline.habits(of: try #require(run.pair()))?.familiarDays == 0)
    let row = run.baseline.tables.first { $0.name == "baseline_volatile" }
    #expect(row?.evictions == 2)
  }

  @Test("What a tainted pair sends and speaks does not become usual")
  func habitsOfTainted() throws {
    var run = known("/usr/bin/client")
    var script = EventScript()
    for index in 0..<10 { script.visit(client, at: Double(index) * 600 + 10, sent: 10_000) }
    run.play(script.events)
    let pair = try #require(run.pair())
    let usual = try #require(run.baseline.habits(of: pair.subject)?.sentP99Bytes)
    #expect(usual >= 10_000 && usual < 12_500)
    // Half a gigabyte, then the finding that it led to, then more of the same.
    var burst = EventScript()
    burst.visit(client, at: 10_000, sent: 500_000_000)
    run.play(burst.events)
    run.baseline.setTainted(true, pair)
    var more = EventScript()
    for index in 0..<5 {
      more.visit(client, at: Double(index) * 600 + 11_000, sent: 500_000_000)
    }
    more.visit(client, at: 15_000, saying: "SSH-2.0-x\r\n")
    more.visit(client, at: 8 * day, saying: "SSH-2.0-x\r\n")
    run.play(more.events)
    #expect(run.baseline.habits(of: pair.subject)?.sentP99Bytes == usual)
    #expect(run.baseline.habits(of: pair.subject)?.protocols == nil)
  }

  @Test("Taints survive the store: the days stay unfamiliar after a restart")
  func restart() throws {
    var run = known("/usr/bin/client")
    run.baseline.keep([])
    run.play(visits(0...2).events)
    let pair = try #require(run.pair())
    run.baseline.setTainted(true, pair)
    run.play(visits(3...5).events)
    let rows = run.baseline.takeChanges()
    var second = BaselineRun(epoch: BaselineRun.epoch + 6 * 86_400, keeping: rows)
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    script.visit(client, at: 500)
    second.play(script.events)
    // Days 0, 1 and 6.
    #expect(second.baseline.habits(of: try #require(second.pair()))?.familiarDays == 3)
  }
}
