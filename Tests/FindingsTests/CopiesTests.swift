// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

@Suite("Users of a destination")
struct CopiesTests {
  private let day = EventScript.day
  private let visitor = EventScript.image(500)

  private func finding(_ script: EventScript) throws -> Finding {
    try #require(PipelineRun(script.inOrder).findings.first { $0.process.pid == 500 })
  }

  @Test("Copies of what users can write are one user of their server, whatever they are called")
  func copies() throws {
    var script = EventScript.host(knownFor: 10)
    let shell = EventScript.image(399)
    script.start(shell, "/usr/bin/bash")
    for pid in UInt32(400)..<406 {
      let copy = EventScript.image(pid)
      script.start(
        copy, "/srv/app/cache/\(pid)", parent: shell, owner: 1_000, uid: 1_000)
      script.visit(copy, at: 9.4 * day)
    }
    script.start(
      visitor, "/srv/app/cache/x", parent: shell, at: 9.45 * day, owner: 1_000, uid: 1_000)
    script.beat(visitor, from: 9.5 * day)
    let finding = try finding(script)
    #expect(finding.outcome("R1_destination_new") == .met)
    #expect(finding.test("L2_destination_common")?.value == .count(1))
  }

  @Test("What users can write in five units are five users of a destination")
  func unitsOfUsers() throws {
    var script = EventScript.host(knownFor: 10)
    for pid in UInt32(400)..<404 {
      let other = EventScript.image(pid)
      script.start(other, "/srv/\(pid)", owner: 1_000, uid: 1_000) {
        $0.unit = ByteString("app\(pid).service")
      }
      script.visit(other, at: 9.4 * day)
    }
    script.start(visitor, "/usr/local/bin/agent")
    script.beat(visitor, from: 9.5 * day)
    #expect(try finding(script).test("L2_destination_common")?.value == .count(5))
  }

  @Test("Five packaged programs that use one mirror are five users of it")
  func packages() throws {
    var script = EventScript.host(knownFor: 10)
    for pid in UInt32(400)..<405 {
      let program = EventScript.image(pid)
      script.start(program, "/usr/bin/tool\(pid)", owner: nil)
      script.know(program, EventScript.packaged(ByteString("tool\(pid)")), at: program.start)
      script.visit(program, at: 9.4 * day)
    }
    script.start(visitor, "/home/u/agent", owner: 1_000, uid: 1_000)
    script.beat(visitor, from: 9.5 * day)
    let finding = try finding(script)
    #expect(finding.outcome("R1_destination_new") == .notMet)
    #expect(finding.test("L2_destination_common")?.value == .count(6))
  }
}
