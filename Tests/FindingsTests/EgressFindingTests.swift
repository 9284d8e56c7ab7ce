// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

/// tls-egress and excess-egress see the same bytes: one finding tells of them.
@Suite("One finding for one upload")
struct EgressFindingTests {
  private static let hello: [UInt8] = [22, 3, 1, 2, 0]

  private func started(at seconds: Double = 1) -> EventScript {
    var script = EventScript()
    let system = EventScript.image(1, start: seconds)
    script.start(system, "/usr/lib/systemd/systemd")
    script.start(EventScript.image(300, start: seconds), "/tmp/up", parent: system)
    return script
  }

  private func upload(
    _ script: inout EventScript, at seconds: Double, _ chunks: [UInt64], start: Double = 1,
    head: [UInt8] = Self.hello
  ) {
    script.upload(
      EventScript.image(300, start: start), at: seconds, head, chunks: chunks, received: 5_000)
  }

  private func egress(_ findings: [Finding]) -> [Finding] {
    findings.filter { [.tlsEgress, .excessEgress].contains($0.analytic) }
  }

  @Test("Much at once over TLS is tls-egress, and says that it is excess-egress too")
  func fast() throws {
    var script = started()
    upload(&script, at: 100, [6_000_000])
    let run = PipelineRun(script)
    let finding = try #require(egress(run.findings).first)
    #expect(egress(run.findings).count == 1)
    #expect(finding.analytic == .tlsEgress)
    #expect(finding.test("also_meets")?.value == .word("AN0144"))
    #expect(finding.outcome("AN0144.OutboundByteThreshold") == .met)
    #expect(finding.test("AN0144.OutboundByteFloor")?.threshold == .count(5_000_000))
    #expect(run.changes.count { $0.status == .create && $0.analytic == .excessEgress } == 0)
  }

  @Test("What is slow first is excess-egress, and says so when it gets fast")
  func slow() throws {
    var script = started()
    // 180 kB a minute, 900 kB in five.
    upload(&script, at: 100, [UInt64](repeating: 180_000, count: 40))
    let first = try #require(egress(PipelineRun(script).findings).first)
    #expect(first.analytic == .excessEgress)
    #expect(first.test("also_meets") == nil)
    upload(&script, at: 3_000, [3_000_000])
    let run = PipelineRun(script)
    let finding = try #require(egress(run.findings).first)
    #expect(egress(run.findings).count == 1)
    #expect(finding.id == first.id)
    #expect(finding.test("also_meets")?.value == .word("AN1189"))
    #expect(finding.test("AN1189.DataTransferThreshold")?.value == .count(3_000_000))
  }

  @Test("Each alone says nothing of the other")
  func alone() throws {
    var script = started()
    upload(&script, at: 100, [6_000_000], head: Array("PUT / HTTP/1.1\r\n".utf8))
    let plain = try #require(egress(PipelineRun(script).findings).first)
    #expect(plain.analytic == .excessEgress)
    #expect(plain.test("also_meets") == nil)
    var other = started()
    upload(&other, at: 100, [2_000_000])
    let short = try #require(egress(PipelineRun(other).findings).first)
    #expect(short.analytic == .tlsEgress)
    #expect(short.test("also_meets") == nil)
  }

  /// Six megabytes at once from a user's own program.
  private func ofAUser() -> EventScript {
    var script = EventScript()
    let system = EventScript.image(1)
    script.start(system, "/usr/lib/systemd/systemd")
    script.start(
      EventScript.image(300), "/home/u/up", parent: system, at: 1, owner: 1_000, uid: 1_000)
    script.upload(
      EventScript.image(300), at: 100, Self.hello, chunks: [6_000_000], received: 5_000)
    return script
  }

  @Test(
    "A rule for one of the two analytics does not silence the other",
    arguments: [Analytic.tlsEgress, .excessEgress])
  func rule(analytic: Analytic) throws {
    var settings = PipelineSettings()
    let destination = try #require(DestinationPattern(text: "203.0.113.9:443"))
    settings.suppressions = Suppressions(
      rules: [
        SuppressionRule(
          program: SuppressedProgram(origin: "uid:1000", path: "/home/u/up"), starter: .anything,
          destination: destination, analytic: analytic, sha256: nil, owner: "ops", reason: "ours",
          expires: 1_800_000_000)
      ])
    let run = PipelineRun(ofAUser(), settings: settings)
    let told = egress(run.findings).filter { $0.suppressedBy == nil }
    #expect(told.map(\.analytic) == [analytic == .tlsEgress ? .excessEgress : .tlsEgress])
    #expect(told.map(\.severity) == [.medium])
    #expect(Set(run.changes.map(\.analytic)) == Set(told.map(\.analytic)))
  }

  @Test("A list of one of the two analytics lowers its own finding alone")
  func list() throws {
    let plain = egress(PipelineRun(ofAUser()).findings)
    #expect(plain.map(\.severity) == [.medium])
    let list = try #require(
      DeclaredList.all.first { $0.analytic == .tlsEgress && $0.name == "HostnamePattern" })
    var settings = PipelineSettings()
    settings.declarations[list] = [try DeclaredEntry("203.0.113.9", list.kind)]
    let found = egress(PipelineRun(ofAUser(), settings: settings).findings)
    #expect(found.map(\.analytic) == [.excessEgress, .tlsEgress])
    #expect(found.map(\.severity) == [.medium, .low])
  }

  @Test("Uploads two hours apart are one finding that goes on")
  func pauses() throws {
    var script = started()
    for index in 0..<8 {
      upload(
        &script, at: 100 + 7_200 * Double(index), [6_000_000],
        head: Array("PUT / HTTP/1.1\r\n".utf8))
    }
    script.tick(at: 100 + 8 * 7_200)
    let run = PipelineRun(script)
    // With the second one it is known how long the pauses are.
    let changes = egress(run.changes)
    #expect(changes.count { $0.status == .close } == 1)
    #expect(changes.prefix(3).map(\.status) == [.create, .close, .update])
    // Three of them without any end it.
    script.tick(at: 100 + 7 * 7_200 + 3 * 7_200 + 100)
    #expect(egress(PipelineRun(script).changes).last?.status == .close)
  }

  @Test("The finding goes on while either sees it, also after days and over a restart")
  func goesOn() throws {
    var script = started()
    upload(&script, at: 100, [6_000_000])
    let first = StateRun(script.events)
    let told = try #require(egress(first.findings).first)
    // Two days later a little more: of excess-egress alone, whose sums reach back.
    for boot in [900, 2 * 86_400] as [Int64] {
      var later = started()
      upload(&later, at: 50, [40_000])
      let second = StateRun(
        later.events, boot: boot, bootID: "second", keeping: first.rows)
      let all = egress(second.findings)
      #expect(all.map(\.id) == [told.id])
      #expect(all.first?.analytic == .tlsEgress)
      #expect(all.first?.test("also_meets")?.value == .word("AN0144"))
    }
  }
}
