// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing
import Wire

@testable import Findings
@testable import Flows

@Suite("What follows a visit")
struct ReactionTests {
  private let visitor = EventScript.image(300, start: 100)

  private func finding(_ script: EventScript) throws -> Finding {
    try #require(PipelineRun(script).findings.first)
  }

  /// A P1 program that is answered, and after some visits starts a program `delay` later.
  private func commanded(
    visits: Int = 12, answered: Range<Int>, after delay: Double, isRecordLate: Bool = false
  ) -> EventScript {
    var script = EventScript()
    script.start(visitor, "/usr/local/bin/agent", at: 100)
    for index in 0..<visits {
      let time = 200 + 60 * Double(index)
      let child = EventScript.image(UInt32(1_000 + index), start: time + delay)
      if isRecordLate {
        // The burst's record comes after the exec that it led to.
        let socket = script.connect(visitor, at: time)
        script.connected(socket, at: time + 0.02)
        script.start(child, "/usr/bin/id", parent: visitor, owner: nil)
        script.burst(
          socket, visitor, first: time + 0.021, last: time + 0.04, sent: 517, received: 4_096)
        script.close(socket, at: time + 2)
        script.finish(socket, at: time + 2.1, written: 517, read: 4_096)
        continue
      }
      script.visit(visitor, at: time)
      if answered.contains(index) {
        script.start(child, "/usr/bin/id", parent: visitor, owner: nil)
      }
    }
    script.tick(at: 200 + 60 * Double(visits - 1) + delay + 10)
    return script
  }

  @Test("Programs that start within 5 s of received bytes in three of ten visits raise, R4")
  func commands() throws {
    let finding = try finding(commanded(answered: 5..<8, after: 1))
    #expect(finding.test("R4_children_after_visits")?.value == .count(3))
    #expect(finding.factors == ["R4"])
    #expect(finding.severity == .medium)
    #expect(finding.process.childrenAfterVisits == 3)
  }

  @Test("Two of ten, or later than 5 s, do not", arguments: [(5..<7, 1.0, 2), (2..<12, 6.0, 0)])
  func noCommands(answered: Range<Int>, delay: Double, count: UInt64) throws {
    let finding = try finding(commanded(answered: answered, after: delay))
    #expect(finding.test("R4_children_after_visits")?.value == .count(count))
    #expect(finding.outcome("R4_children_after_visits") == .notMet)
    #expect(finding.severity == .low)
  }

  @Test("Visits leave the last ten")
  func forgotten() throws {
    let finding = try finding(commanded(visits: 30, answered: 3..<9, after: 1))
    #expect(finding.test("R4_children_after_visits")?.value == .count(0))
  }

  @Test("It does not matter that the burst is told after the exec")
  func lateRecords() throws {
    let finding = try finding(commanded(answered: 0..<12, after: 0.5, isRecordLate: true))
    #expect(finding.test("R4_children_after_visits")?.value == .count(10))
  }

  @Test(
    "Commands over a long connection count while others come and go, or stay",
    arguments: [true, false])
  func longConnection(othersEnd: Bool) throws {
    var script = EventScript()
    script.start(visitor, "/usr/local/bin/agent", at: 100)
    let long = script.connect(visitor, at: 200)
    script.connected(long, at: 200.02)
    var address = 0
    for index in 1...12 {
      let time = 200 + 60 * Double(index)
      // It heard of a command, and carries it out.
      script.burst(
        long, visitor, first: time, sent: 64 * UInt64(index), received: 256 * UInt64(index),
        sends: UInt64(index))
      script.start(
        EventScript.image(UInt32(1_000 + index), start: time + 1), "/usr/bin/id", parent: visitor,
        owner: nil)
      // Until the next one it opens a dozen connections elsewhere.
      for other in 0..<12 {
        address += 1
        let remote = EventScript.endpoint("198.51.100.\(address % 200 + 1):\(8_000 + address)")
        let start = time + 10 + 3.7 * Double(other)
        if othersEnd {
          script.visit(visitor, at: start, to: remote)
        } else {
          let socket = script.connect(visitor, at: start, to: remote)
          script.connected(socket, at: start + 0.02)
          script.burst(socket, visitor, first: start + 0.021, sent: 517, received: 4_096)
        }
      }
    }
    script.tick(at: 1_000)
    let finding = try #require(
      PipelineRun(script).findings.first { $0.destination.endpoint == EventScript.remote })
    #expect(finding.test("R4_children_after_visits")?.value == .count(10))
  }

  @Test("A child of somebody else is no reaction")
  func otherParent() throws {
    var script = EventScript()
    let shell = EventScript.image(310, start: 100)
    script.start(visitor, "/usr/local/bin/agent", at: 100)
    script.start(shell, "/bin/bash", arguments: ["bash"], at: 100)
    for index in 0..<12 {
      let time = 200 + 60 * Double(index)
      script.visit(visitor, at: time)
      script.start(
        EventScript.image(UInt32(1_000 + index), start: time + 1), "/usr/bin/id", parent: shell,
        owner: nil)
    }
    script.tick(at: 1_000)
    #expect(try finding(script).test("R4_children_after_visits")?.value == .count(0))
  }

  /// A root script that fetches with curl by the clock and, once, runs what it fetched.
  private func fetcher(
    runAfter delay: Double, modifiedAfter: Double?, path: String = "/tmp/x",
    isForeign: Bool = false
  ) -> EventScript {
    var script = EventScript()
    let system = EventScript.image(1)
    script.start(system, "/usr/lib/systemd/systemd")
    let shell = EventScript.image(310, start: 90)
    let other = EventScript.image(311, start: 90)
    for (process, name) in [(shell, "fetch"), (other, "other")] {
      script.start(
        process, "/bin/bash", arguments: ["bash", "/usr/local/sbin/\(name).sh"], parent: system,
        at: 90)
    }
    for index in 0..<12 {
      let time = 200 + 300 * Double(index)
      let curl = EventScript.image(UInt32(1_000 + index), start: time - 0.1)
      script.start(curl, "/usr/bin/curl", parent: shell)
      script.visit(curl, at: time)
      guard index == 8 else { continue }
      let run = EventScript.image(5_000, start: time + delay)
      script.start(run, path, parent: isForeign ? other : shell, owner: nil)
      var facts = ExecutableFacts()
      facts.owner = 0
      facts.mode = 0o100755
      facts.modified = modifiedAfter.map {
        EventScript.epoch + Int64((time + $0) * 1e9)
      }
      script.know(run, facts, at: run.start)
    }
    script.tick(at: 4_000)
    return script
  }

  @Test("A new file from a writable directory that is run within 60 s of the visit raises, R4")
  func fetched() throws {
    let finding = try finding(fetcher(runAfter: 20, modifiedAfter: 5))
    #expect(finding.outcome("R4_fetched_file_run") == .met)
    #expect(finding.factors == ["R4"])
  }

  @Test("Not so a file that is older, run later, of the system, of unknown time or of another")
  func notFetched() throws {
    let stories = [
      fetcher(runAfter: 20, modifiedAfter: -5), fetcher(runAfter: 62, modifiedAfter: 5),
      fetcher(runAfter: 20, modifiedAfter: 5, path: "/usr/bin/x"),
      fetcher(runAfter: 20, modifiedAfter: nil),
      fetcher(runAfter: 20, modifiedAfter: 5, isForeign: true),
    ]
    for story in stories {
      #expect(try finding(story).outcome("R4_fetched_file_run") == .notMet)
    }
  }

  /// curl by the clock beside another program of the same pipeline.
  private func pipeline(
    _ reader: [String], path: String, output: StandardStream?, input: StandardStream?,
    groups: (UInt32?, UInt32?) = (nil, nil)
  ) -> EventScript {
    var script = EventScript()
    let system = EventScript.image(1)
    script.start(system, "/usr/lib/systemd/systemd")
    for index in 0..<8 {
      let time = 200 + 60 * Double(index)
      let curl = EventScript.image(UInt32(1_000 + 2 * index), start: time - 0.1)
      let shell = EventScript.image(UInt32(1_001 + 2 * index), start: time - 0.05)
      script.start(curl, "/usr/bin/curl", parent: system) {
        $0.standardOutput = output
        $0.processGroup = groups.0
      }
      script.start(shell, path, arguments: reader, parent: system) {
        $0.standardInput = input
        $0.processGroup = groups.1
      }
      script.visit(curl, at: time)
    }
    return script
  }

  @Test("Output that is piped into an interpreter raises, R5")
  func piped() throws {
    let pipe = StandardStream.pipe(inode: 77)
    let stories = [
      pipeline(["sh"], path: "/bin/sh", output: pipe, input: pipe),
      pipeline(["bash", "-s", "--", "x"], path: "/bin/bash", output: pipe, input: pipe),
      pipeline(["python3", "-"], path: "/usr/bin/python3", output: pipe, input: pipe),
      // The process group counts where an inode is not known.
      pipeline(["sh"], path: "/bin/sh", output: nil, input: nil, groups: (9, 9)),
      pipeline(["sh"], path: "/bin/sh", output: pipe, input: nil, groups: (9, 9)),
    ]
    for story in stories {
      let finding = try finding(story)
      #expect(finding.outcome("R5_piped_visits") == .met)
      #expect(finding.factors == ["R5"])
      #expect(finding.severity == .medium)
    }
  }

  @Test("Data for a script, another pipe or another group is none")
  func notPiped() throws {
    let pipe = StandardStream.pipe(inode: 77)
    let stories = [
      pipeline(
        ["python3", "-m", "json.tool"], path: "/usr/bin/python3", output: pipe, input: pipe),
      pipeline(["sh", "-c", "wc -l"], path: "/bin/sh", output: pipe, input: pipe),
      pipeline(["awk", "{print $1}"], path: "/usr/bin/awk", output: pipe, input: pipe),
      pipeline(["jq", "."], path: "/usr/bin/jq", output: pipe, input: pipe),
      pipeline(["sh"], path: "/bin/sh", output: pipe, input: .pipe(inode: 78)),
      pipeline(["sh"], path: "/bin/sh", output: .file, input: nil, groups: (9, 9)),
      pipeline(["sh"], path: "/bin/sh", output: nil, input: nil, groups: (9, 10)),
      // Both inodes are known and differ: the group says nothing.
      pipeline(
        ["sh"], path: "/bin/sh", output: pipe, input: .pipe(inode: 78), groups: (9, 9)),
    ]
    for story in stories {
      #expect(try finding(story).outcome("R5_piped_visits") == .notMet)
    }
  }

  @Test("A finding that gets worse by a reaction is told at once")
  func toldAtOnce() throws {
    var script = commanded(visits: 6, answered: 3..<6, after: 1)
    script.tick(at: 520)
    let run = PipelineRun(script)
    #expect(run.changes.map(\.severity) == [.low, .medium])
    #expect(run.changes.map(\.status) == [.create, .update])
    #expect(Severity.allCases.map { run.pipeline.metrics.reached(.beacon, $0) } == [0, 1, 1, 0])
  }

  @Test("A remote of many addresses has what follows any of its subject's visits")
  func wide() throws {
    var script = EventScript()
    script.start(visitor, "/usr/local/bin/agent", at: 100)
    for index in 0..<12 {
      let time = 200 + 60 * Double(index)
      // Ten addresses take turns: none alone has three visits with a command.
      script.visit(visitor, at: time, to: EventScript.endpoint("203.0.113.\(index % 10 + 1):443"))
      guard index >= 6 else { continue }
      script.start(
        EventScript.image(UInt32(1_000 + index), start: time + 1), "/usr/bin/id", parent: visitor,
        owner: nil)
    }
    script.tick(at: 1_000)
    let pipeline = PipelineRun(script).pipeline
    // The only subject of the story.
    let number = SubjectID(number: 0)
    let network = try #require(Destination(networkOf: EventScript.endpoint("203.0.113.1:443")))
    let reactions = pipeline.watch.reactions
    #expect(reactions.summary(of: Pair(subject: number, destination: network))?.children == 6)
    let single = Destination(EventScript.endpoint("203.0.113.9:443"), seenIn: 0)
    #expect(reactions.summary(of: Pair(subject: number, destination: single))?.children == 1)
  }
}
