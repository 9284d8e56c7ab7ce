// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Sensor
import Testing
import Wire

@testable import Findings

@Suite("Suppressions, and the files that run")
struct SuppressionCodeTests: SuppressionTesting {
  @Test("A script's content is part of a rule, unless every version is meant")
  func scriptContent() throws {
    let digest = String(repeating: "12", count: 32)
    func finding(_ script: String?) throws -> Finding {
      try Story.finding(
        Story.beacon(
          "/usr/bin/python3", arguments: ["python3", "/opt/a.py"], package: "python3",
          scriptDigest: script))
    }
    let rule = try rule {
      $0.program = SuppressedProgram(
        origin: "pkg:python3", path: "/usr/bin/python3", script: "file:/opt/a.py")
      $0.scriptSHA256 = digest
    }
    let held = try finding(digest)
    #expect(match(rule, held) == .suppressed(rule))
    #expect(FlatFinding(held)?.candidate == SuppressionCandidate(held))
    for other in [String(repeating: "34", count: 32), nil] {
      let finding = try finding(other)
      #expect(rule.mismatches(SuppressionCandidate(finding), at: Self.now) == [.scriptDigest])
      #expect(match(rule, finding) == .nearly(rule))
      var every = rule
      every.sha256 = nil
      every.scriptSHA256 = nil
      #expect(match(every, finding) == .suppressed(every))
    }
  }

  @Test("Of a class path the digest of one of its files is no part of the rule")
  func classPath() throws {
    let finding = try Story.finding(
      Story.beacon(
        "/usr/bin/java", arguments: ["java", "-cp", "/opt/a.jar:/opt/b.jar", "com.example.Main"],
        package: "openjdk-17-jre", scriptDigest: String(repeating: "12", count: 32)))
    var request = SuppressionRequest()
    request.initiator = "none"
    request.owner = "net-ops"
    request.reason = "known"
    let rule = try request.rule(for: FlatFinding(finding), now: Self.now)
    #expect(rule.program.script == "class:com.example.Main" && rule.scriptSHA256 == nil)
    #expect(match(rule, finding) == .suppressed(rule))
  }

  @Test("A package or a snap vouches for its own file, not for a user's at the same path")
  func vouching() throws {
    let cases: [(origin: String, SuppressionCandidate.Code, isHeld: Bool)] = [
      ("pkg:curl", .init(package: "curl"), true), ("pkg:curl", .init(owner: 0), false),
      ("pkg:curl", .init(package: "", owner: 0), false), ("pkg:curl", .init(package: "c"), false),
      ("snap:foo", .init(owner: 0, mode: 0o100755), true),
      ("snap:foo", .init(owner: 1_000, mode: 0o100755), false),
      ("snap:foo", .init(owner: 0, mode: 0o100757), false), ("snap:foo", .init(), false),
      ("image:nginx", .init(), true),
    ]
    let rule = try rule { $0.sha256 = nil }
    for (origin, code, isHeld) in cases {
      let candidate = SuppressionCandidate(
        subject: "s1|\(origin)|/opt/agent/agent||||", code: code, analytic: .beacon,
        destination: rule.destination, name: nil)
      var rule = rule
      rule.program.origin = origin
      #expect(
        rule.mismatches(candidate, at: Self.now) == (isHeld ? [] : [.executable]),
        "\(origin) \(code)")
    }
  }

  @Test("What a package's path was known by does not cover another file that runs there")
  func otherFile() throws {
    // Root's own curl was looked up; then a mount namespace has another file at its path, of which
    // no package is told: a user's, or one of root's that was bound there.
    for (owner, origin) in [(UInt32(1_000), "uid:1000"), (0, "pkg:curl")] {
      var script = EventScript()
      let host = EventScript.image(50)
      script.start(host, "/usr/bin/curl")
      var packaged = ExecutableFacts()
      packaged.package = "curl"
      packaged.isPackageVerified = true
      script.know(host, packaged, at: EventScript.instant(1))
      let image = EventScript.image(4_121)
      script.start(image, "/usr/bin/curl", owner: owner)
      for index in 0..<12 { script.visit(image, at: 100 + 60 * Double(index)) }
      let finding = try Story.finding(script)
      #expect(finding.subject == "s1|\(origin)|/usr/bin/curl||||")
      let rule = try rule {
        $0.program = SuppressedProgram(origin: "pkg:curl", path: "/usr/bin/curl")
        $0.starter = .anything
        $0.sha256 = nil
      }
      #expect(match(rule, finding) == .nearly(rule))
      #expect(rule.mismatches(SuppressionCandidate(finding), at: Self.now) == [.executable])
    }
  }

  @Test("A CI host's role makes code of a temporary directory P1, and no rule holds for it")
  func builder() throws {
    var script = EventScript()
    let image = EventScript.image(4_121)
    script.start(image, "/tmp/agent") { $0.unit = "runner.service" }
    for index in 0..<12 { script.visit(image, at: 100 + 60 * Double(index)) }
    var settings = PipelineSettings()
    settings.role = "ci"
    settings.inventory = Inventory(
      services: [Inventory.Service(name: "runner", unit: "runner.service", destinations: [])])
    let finding = try #require(Story.findings(script, settings: settings).first)
    #expect(finding.process.provenance?.level == .administrator)
    for candidate in [SuppressionCandidate(finding), try #require(FlatFinding(finding)?.candidate)]
    {
      #expect(candidate.code.isVolatile)
    }
  }
}
