// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

@Suite("What surrounds a behaviour")
struct ContextTests {
  private let day = EventScript.day
  private let visitor = EventScript.image(300, start: 100)

  /// A root-owned program outside every package; P1.
  private func startAgent(_ script: inout EventScript, at seconds: Double = 100) {
    script.start(visitor, "/usr/local/bin/agent", at: seconds)
  }

  private func finding(
    _ script: EventScript, _ settings: PipelineSettings = PipelineSettings()
  ) throws -> Finding {
    try #require(
      PipelineRun(script.inOrder, settings: settings).findings.first { $0.process.pid == 300 })
  }

  @Test("A new destination of a subject that was never active raises twice once the host is known")
  func novelty() throws {
    var script = EventScript.host(knownFor: 10)
    startAgent(&script)
    script.beat(visitor, from: 9.5 * day)
    let finding = try finding(script)
    #expect(finding.factors == ["R1", "R2"])
    #expect(finding.outcome("R1_destination_new") == .met)
    #expect(finding.test("R2_active_days")?.value == .count(1))
    #expect(finding.severity == .medium)
    #expect(finding.mode == .ready)
    // 1763700000 + 9.5 days is 2025-11-30T16:40:00Z by date(1).
    #expect(finding.destination.firstSeenHere == "2025-11-30T16:40:00.000Z")
    #expect(finding.destination.otherSubjects == 0)
  }

  @Test("While the host is learned both are not judged, and the finding is low")
  func learning() throws {
    var script = EventScript.host(knownFor: 3)
    startAgent(&script)
    script.beat(visitor, from: 2.5 * day)
    let finding = try finding(script)
    #expect(finding.outcome("R1_destination_new") == .insufficientData)
    #expect(finding.outcome("R2_active_days") == .insufficientData)
    #expect(finding.factors == [])
    #expect(finding.severity == .low)
    #expect(finding.mode == .learning)
  }

  @Test("Three subjects at a new destination make it nobody's")
  func sharedDestination() throws {
    var script = EventScript.host(knownFor: 10)
    for pid in UInt32(400)..<402 {
      let other = EventScript.image(pid)
      script.start(other, "/usr/local/bin/other\(pid)")
      script.visit(other, at: 9.4 * day)
    }
    startAgent(&script)
    script.beat(visitor, from: 9.5 * day)
    let finding = try finding(script)
    #expect(finding.outcome("R1_destination_new") == .notMet)
    #expect(finding.destination.otherSubjects == 2)
  }

  @Test("A destination seen for a week is not new; a pair used on seven days is explained")
  func familiar() throws {
    var script = EventScript.host(knownFor: 10)
    startAgent(&script)
    for index in 0..<9 { script.visit(visitor, at: 200 + Double(index) * day) }
    script.beat(visitor, from: 9 * day)
    let finding = try finding(script)
    #expect(finding.outcome("R1_destination_new") == .notMet)
    #expect(finding.outcome("R2_active_days") == .notMet)
    #expect(finding.factors == ["L1"])
    #expect(finding.severity == .explained)
  }

  @Test("Days with an open finding of medium do not make a pair familiar")
  func poisoning() throws {
    var script = EventScript.host(knownFor: 18)
    startAgent(&script, at: 7 * day)
    // New to the host for a week, and rare for two days: medium all the while.
    script.beat(visitor, from: 8 * day, every: 1_800, visits: 8 * 48)
    let run = PipelineRun(script.inOrder)
    let told = run.changes.filter { $0.process.pid == 300 }
    #expect(told.first?.severity == .medium)
    let last = try #require(told.last)
    #expect(last.outcome("R1_destination_new") == .notMet)
    #expect(last.outcome("L1_familiar_days") == .notMet)
    #expect(last.severity == .low)
  }

  @Test("What users can write does not become familiar")
  func unfamiliar() throws {
    var script = EventScript.host(knownFor: 10)
    script.start(visitor, "/opt/agent", at: 100, mode: 0o100777)
    for index in 0..<9 { script.visit(visitor, at: 200 + Double(index) * day) }
    script.beat(visitor, from: 9 * day)
    let finding = try finding(script)
    #expect(finding.outcome("L1_familiar_days") == .notMet)
    #expect(finding.severity == .medium)
  }

  @Test("A destination that five subjects use lowers")
  func common() throws {
    var script = EventScript.host(knownFor: 10)
    for pid in UInt32(400)..<404 {
      let other = EventScript.image(pid)
      script.start(other, "/usr/local/bin/other\(pid)")
      script.visit(other, at: 9.4 * day)
    }
    startAgent(&script)
    for index in 0..<3 { script.visit(visitor, at: (6 + Double(index)) * day) }
    script.beat(visitor, from: 9.5 * day)
    let finding = try finding(script)
    #expect(finding.test("L2_destination_common")?.value == .count(5))
    #expect(finding.factors == ["L2"])
    #expect(finding.severity == .explained)
  }

  @Test(
    "Private, link-local and metadata destinations lower",
    arguments: [
      ("10.0.0.7:80", true), ("169.254.169.254:80", true), ("168.63.129.16:80", true),
      ("[fd00:ec2::254]:80", true), ("203.0.113.9:80", false),
    ])
  func scope(remote: String, isNear: Bool) throws {
    var script = EventScript()
    startAgent(&script)
    script.beat(visitor, from: 200, to: EventScript.endpoint(remote))
    let finding = try finding(script)
    #expect((finding.outcome("L3_near_destination") == .met) == isNear)
    #expect(finding.severity == (isNear ? .explained : .low))
  }

  @Test("The inventory lowers for what it declares, and for nothing else")
  func inventory() throws {
    var script = EventScript()
    startAgent(&script)
    script.beat(visitor, from: 200)
    var settings = PipelineSettings()
    #expect(try finding(script).outcome("L4_inventory") == nil)
    let service = Inventory.Service(
      name: "agent", path: "/usr/local/bin/agent", destinations: ["203.0.113.9"])
    settings.inventory = Inventory(services: [service])
    let declared = try finding(script, settings)
    #expect(declared.factors == ["L4"])
    #expect(declared.severity == .explained)
    settings.inventory.services[0].destinations = ["203.0.113.10"]
    let elsewhere = try finding(script, settings)
    #expect(elsewhere.outcome("L4_inventory") == .notMet)
    #expect(elsewhere.severity == .low)
  }

  @Test("On a CI host a declared unit's code is P1, on another it is what it is")
  func continuousIntegration() throws {
    var script = EventScript()
    script.start(visitor, "/tmp/build/test", at: 100) { $0.unit = "runner.service" }
    script.beat(visitor, from: 200)
    var settings = PipelineSettings()
    settings.inventory = Inventory(
      services: [Inventory.Service(name: "runner", unit: "runner.service")])
    #expect(try finding(script, settings).process.provenance?.level == .volatile)
    settings.role = "ci"
    let capped = try finding(script, settings)
    #expect(capped.process.provenance?.level == .administrator)
    #expect(
      capped.severityReasons.first
        == "P1: declared unit of a CI host (in a temporary directory)")
    settings.inventory.services[0].unit = "other.service"
    #expect(try finding(script, settings).process.provenance?.level == .volatile)
  }

  @Test("A beacon to a destination that is down is explained for root's own code, with the time")
  func destinationDown() throws {
    for (path, expected) in [
      ("/usr/local/bin/agent", Severity.explained), ("/home/u/agent", .medium),
    ] {
      var script = EventScript()
      script.start(visitor, path, at: 100)
      for index in 0..<12 { script.refusedVisit(visitor, at: 200 + 60 * Double(index)) }
      let finding = try finding(script)
      #expect(finding.severity == expected)
      // 200 s after boot time 0.
      let text = "destination down since 2025-11-21T04:43:20.000Z"
      #expect(finding.severityReasons.contains(text) == (expected == .explained))
      // It was never told, though at a connect nobody knows yet what becomes of it.
      #expect(PipelineRun(script).changes.isEmpty == (expected == .explained))
    }
  }

  @Test("One visit that was answered again, and the destination is not down")
  func destinationBack() throws {
    var script = EventScript()
    startAgent(&script)
    for index in 0..<12 { script.refusedVisit(visitor, at: 200 + 60 * Double(index)) }
    script.visit(visitor, at: 200 + 60 * 12)
    #expect(try finding(script).severity == .low)
  }

  @Test("An unrelated opener raises; a parent, the same program or the same unit does not")
  func opener() throws {
    func outcome(
      opener path: String, isParent: Bool = false, unit: ByteString? = nil
    ) throws -> TestResult.Outcome? {
      var script = EventScript()
      let launcher = EventScript.image(50)
      script.start(launcher, path) { $0.unit = unit }
      script.start(
        visitor, "/usr/local/bin/worker", parent: isParent ? launcher : nil, at: 100
      ) { $0.unit = unit }
      let socket = script.connect(launcher, at: 200)
      script.connected(socket, at: 200.1)
      for beat in 1...12 {
        script.burst(
          socket, visitor, first: 200 + 30 * Double(beat), sent: 64 * UInt64(beat),
          sends: UInt64(beat))
      }
      return try finding(script).outcome("R9_unrelated_opener")
    }
    #expect(try outcome(opener: "/usr/bin/launcher") == .met)
    #expect(try outcome(opener: "/usr/bin/launcher", isParent: true) == .notMet)
    #expect(try outcome(opener: "/usr/local/bin/worker") == .notMet)
    #expect(try outcome(opener: "/usr/bin/launcher", unit: "a.service") == .notMet)
  }

  @Test("Every raise and lower stands among the tests, judged or not")
  func complete() throws {
    var script = EventScript()
    startAgent(&script)
    script.beat(visitor, from: 200)
    let names = Set(try finding(script).tests.map { String($0.name.prefix(2)) })
    #expect(names.isSuperset(of: (1...9).map { "R\($0)" } + (1...3).map { "L\($0)" }))
    var unknown = EventScript()
    unknown.beat(.unattributed, from: 200)
    let tests = try #require(PipelineRun(unknown).findings.first).tests
    for raise in Raise.allCases where raise != .newDestination && raise != .rareSubject {
      let own = tests.filter { $0.name.hasPrefix(raise.rawValue) }
      #expect(!own.isEmpty)
      if raise != .foreignActor { #expect(own.allSatisfy { $0.outcome == .insufficientData }) }
    }
  }

  @Test("A suppressed finding is counted, not told, and shown with its rule on request")
  func suppressed() throws {
    var script = EventScript()
    startAgent(&script)
    script.beat(visitor, from: 200)
    var settings = PipelineSettings()
    let pattern = try #require(DestinationPattern(text: "203.0.113.9:443"))
    let agent = SuppressedProgram(origin: "uid:0", path: "/usr/local/bin/agent")
    let rule = SuppressionRule(
      program: agent, starter: .anything, destination: pattern, sha256: nil, owner: "ops",
      reason: "ours", expires: 1_800_000_000)
    settings.suppressions = Suppressions(rules: [rule])
    let run = PipelineRun(script, settings: settings)
    #expect(run.changes.isEmpty)
    #expect(run.pipeline.behaviours.evaluations(.beacon, .suppressed) > 0)
    #expect(run.pipeline.behaviours.evaluations(.beacon, .finding) == 0)
    // A hit for every line that would have been written.
    #expect(run.pipeline.suppressionHits.total == UInt64(PipelineRun(script).changes.count))
    #expect(run.findings.map(\.severity) == [.explained])
    #expect(
      run.findings.first?.severityReasons.last == "suppressed by \(rule.id): ours (ops)")
    #expect(run.table() == "no findings; 1 held back by suppressions: --all shows them\n")
    settings.includeExplained = true
    #expect(PipelineRun(script, settings: settings).changes.first?.suppressedBy == rule.id)
    // Another port: it almost holds.
    settings.suppressions = Suppressions(
      rules: [
        SuppressionRule(
          program: agent, starter: .anything,
          destination: try #require(DestinationPattern(text: "203.0.113.9:444")), sha256: nil,
          owner: "ops", reason: "ours", expires: 1_800_000_000)
      ])
    let near = try finding(script, settings)
    #expect(near.suppressionNearly != nil && near.suppressedBy == nil)
    #expect(near.severity == .low)
  }
}
