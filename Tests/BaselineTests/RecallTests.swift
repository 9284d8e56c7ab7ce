// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("What was known before the stream")
struct RecallTests {
  private let client = EventScript.image(100)
  private let day = BaselineRun.day

  /// Nine days of a host: a client, a server, children of a shell, names.
  private func history() -> [StateRow] {
    var script = EventScript()
    let shell = EventScript.image(10)
    let server = EventScript.image(11)
    script.start(shell, "/bin/sh")
    script.start(server, "/usr/sbin/server")
    script.start(client, "/usr/bin/client", parent: shell)
    for index in 0..<9 {
      let at = Double(index) * day
      script.resolve("a.example", at: at + 10)
      script.visit(client, at: at + 20, saying: "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
      script.visit(client, at: at + 1_000, sent: 40_000)
      script.accept(server, at: at + 2_000, from: "198.51.100.7:5000")
      script.visit(server, at: at + 3_000)
    }
    var run = BaselineRun(keeping: [])
    run.play(script.events)
    return run.baseline.takeChanges()
  }

  /// The tenth day, after a boot.
  private func tenth() -> [Event] {
    var script = EventScript()
    let shell = EventScript.image(10)
    let server = EventScript.image(11)
    script.start(shell, "/bin/sh")
    script.start(client, "/usr/bin/client", parent: shell, at: 5)
    script.visit(client, at: 20, saying: "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    script.start(server, "/usr/sbin/server", at: 30)
    script.visit(server, at: 40)
    script.visit(client, at: 50, to: EventScript.endpoint("198.51.100.99:443"))
    return script.events
  }

  private let boot = BaselineRun.epoch + 9 * 86_400 + 7_200

  @Test("After a restart the host is what it was")
  func restart() throws {
    var run = BaselineRun(epoch: boot, keeping: history())
    run.play(tenth())
    let client = try #require(run.requests.first?.pair)
    let baseline = run.baseline
    #expect(!baseline.isLearning)
    #expect(baseline.since == BaselineRun.epoch + 20)
    #expect(baseline.habits(of: client)?.familiarDays == 10)
    #expect(baseline.habits(of: client.subject)?.activeDays == 10)
    #expect(baseline.habits(of: client.subject)?.protocols == ["http"])
    #expect(baseline.habits(of: client.subject)?.sentP99Bytes ?? 0 >= 40_000)
    #expect(baseline.habits(of: client.destination)?.subjects == 2)
    #expect(baseline.isEdgeNew(parent: "/bin/sh", child: "/usr/bin/client") == false)
    #expect(baseline.wasResolved("a.example") == true)
    let server = try #require(run.pair())
    #expect(baseline.habits(of: server.subject)?.isNetworkFacing == true)
    let fresh = try #require(run.pair(EventScript.endpoint("198.51.100.99:443")))
    #expect(baseline.habits(of: fresh)?.familiarDays == 1)
  }

  @Test("A recording of it, replayed without the store, knows the same at every event")
  func replay() throws {
    var live = BaselineRun(epoch: boot, keeping: history())
    live.play(tenth())
    #expect(live.recorded.count { $0.kind == .baseline } > 0)
    // The server's edges and the rest of the store that never mattered are not told.
    var replay = BaselineRun(epoch: boot)
    var second = BaselineRun(epoch: boot, keeping: history())
    var rest = live.recorded[...]
    for event in tenth() {
      second.play([event])
      while let next = rest.popFirst() {
        replay.play([next])
        if next.kind != .baseline { break }
      }
      expectEqual(second, replay)
    }
    #expect(rest.isEmpty)
    #expect(replay.recorded.count == live.recorded.count)
  }

  private func expectEqual(_ left: BaselineRun, _ right: BaselineRun) {
    #expect(left.baseline.isLearning == right.baseline.isLearning)
    #expect(left.baseline.since == right.baseline.since)
    #expect(left.requests == right.requests)
    for request in left.requests {
      let pair = request.pair
      #expect(left.baseline.habits(of: pair.subject) == right.baseline.habits(of: pair.subject))
      #expect(left.baseline.habits(of: pair) == right.baseline.habits(of: pair))
      #expect(
        left.baseline.habits(of: pair.destination) == right.baseline.habits(of: pair.destination))
    }
    for child in ["/usr/bin/client", "/usr/bin/never"] as [ByteString] {
      #expect(
        left.baseline.isEdgeNew(parent: "/bin/sh", child: child)
          == right.baseline.isEdgeNew(parent: "/bin/sh", child: child))
    }
    for name in ["a.example", "b.example"] {
      #expect(left.baseline.wasResolved(name) == right.baseline.wasResolved(name))
    }
  }

  @Test("What the store knows decides nothing before it is told")
  func untold() throws {
    var run = BaselineRun(epoch: boot, keeping: history())
    let other = EventScript.image(500)
    var script = EventScript()
    script.start(other, "/usr/bin/other")
    script.visit(other, at: 20, to: EventScript.endpoint("198.51.100.99:443"))
    run.play(script.events)
    let known = Destination(EventScript.remote, seenIn: 0)
    #expect(run.baseline.habits(of: known) == nil)
    // How long the host is known is told first.
    #expect(!run.baseline.isLearning)
    #expect(run.recorded.count { $0.kind == .baseline } == 1)
  }

  @Test("An event of another sensor is taken as well as its fields allow")
  func foreign() throws {
    var facts = BaselineEvent.Facts(subject: "s1|uid:0|/usr/bin/client||uid:0|/bin/sh|")
    let now = BaselineRun.epoch + 9 * 86_400
    facts.firstSeen = now - 30 * 86_400
    facts.activeDays = 6
    facts.isNetworkFacing = true
    facts.isParentEdgeKnown = true
    facts.sentP99 = 123_456
    facts.protocols = ["tls", "h2"]
    facts.destinations = [
      BaselineEvent.Destination(
        address: "203.0.113.9", port: 443, firstSeen: now - 20 * 86_400, activeDays: 5,
        subjects: 3)
    ]
    var run = BaselineRun(epoch: now)
    var script = EventScript()
    script.add(.baseline(BaselineEvent(time: EventScript.instant(1), facts: facts)))
    let shell = EventScript.image(10)
    script.start(shell, "/bin/bash")
    script.start(client, "/usr/bin/client", parent: shell, at: 2)
    script.visit(client, at: 10)
    run.play(script.events)
    let pair = try #require(run.pair())
    // The initiator in the text is another shell: the event is of another subject.
    #expect(run.baseline.habits(of: pair.subject)?.firstSeen == now + 10)
    #expect(run.baseline.habits(of: pair.destination)?.firstSeen == now - 20 * 86_400)
    #expect(run.baseline.habits(of: pair.destination)?.subjects == 3)
    #expect(run.baseline.isEdgeNew(parent: "/bin/sh", child: "/usr/bin/client") == false)

    facts.subject = "s1|uid:0|/usr/bin/client||||"
    var second = BaselineRun(epoch: now)
    var alone = EventScript()
    alone.add(.baseline(BaselineEvent(time: EventScript.instant(1), facts: facts)))
    alone.start(client, "/usr/bin/client", at: 2)
    alone.visit(client, at: 10)
    second.play(alone.events)
    let known = try #require(second.pair())
    let habits = try #require(second.baseline.habits(of: known.subject))
    #expect(habits.firstSeen == now - 30 * 86_400)
    #expect(habits.activeDays == 7)
    #expect(habits.isNetworkFacing)
    #expect(habits.sentP99Bytes == 123_456)
    #expect(habits.protocols == ["tls", "h2"])
    #expect(second.baseline.habits(of: known)?.familiarDays == 6)
    #expect(!second.baseline.isLearning)
  }

  @Test(
    "An event with an impossible time is taken as the nearest possible one",
    arguments: [.min, .max, -1] as [Int64])
  func impossibleTimes(seconds: Int64) throws {
    let now = BaselineRun.epoch
    var facts = BaselineEvent.Facts(subject: "s1|uid:0|/usr/bin/client||||")
    facts.firstSeen = seconds
    facts.destinations = [
      BaselineEvent.Destination(
        address: "203.0.113.9", port: 443, firstSeen: seconds, activeDays: .max, subjects: .max)
    ]
    let client = EventScript.image(20)
    var script = EventScript()
    script.add(.baseline(BaselineEvent(time: EventScript.instant(1), facts: facts)))
    script.start(client, "/usr/bin/client", at: 2)
    script.visit(client, at: 10)
    var run = BaselineRun(epoch: now)
    run.play(script.events)
    let pair = try #require(run.pair())
    // The event stands a second after the stream's beginning.
    #expect(run.baseline.habits(of: pair.subject)?.firstSeen == (seconds < 0 ? 0 : now + 1))
  }

  @Test("What the store knows of a subject under two texts is replayed when they become one")
  func joined() throws {
    let remotes = ["203.0.113.9:443", "198.51.100.7:443", "198.51.100.8:443"]
      .map(EventScript.endpoint)
    var facts = ExecutableFacts()
    facts.package = "client"
    facts.isPackageVerified = true
    // On three days by its owner, on two more by its package.
    var owned = EventScript()
    owned.start(client, "/usr/bin/client")
    for index in 0..<3 {
      for remote in remotes { owned.visit(client, at: Double(index) * day + 10, to: remote) }
    }
    var packaged = EventScript()
    packaged.start(client, "/usr/bin/client")
    packaged.know(client, facts, at: EventScript.instant(1))
    for index in 3..<5 {
      for remote in remotes[1...] {
        packaged.visit(client, at: Double(index) * day + 10, to: remote)
      }
    }
    let rows = [owned, packaged].flatMap { script in
      var run = BaselineRun(keeping: [])
      run.play(script.events)
      return run.baseline.takeChanges()
    }
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    script.visit(client, at: 10, to: remotes[2])
    script.know(client, facts, at: EventScript.instant(20))
    for remote in remotes { script.visit(client, at: 30, to: remote) }
    var live = BaselineRun(epoch: BaselineRun.epoch + 5 * 86_400, keeping: rows)
    live.play(script.events)
    var replay = BaselineRun(epoch: BaselineRun.epoch + 5 * 86_400)
    replay.play(live.recorded)
    for (remote, days) in zip(remotes, [4, 6, 6]) {
      let pair = try #require(live.pair(remote))
      #expect(live.baseline.habits(of: pair)?.familiarDays == days)
      #expect(replay.baseline.habits(of: pair) == live.baseline.habits(of: pair))
    }
  }
}
