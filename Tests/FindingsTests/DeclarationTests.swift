// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Protocols
import Testing
import Wire

@testable import Findings

@Suite("What is declared for one analytic")
struct DeclarationTests {
  private let visitor = EventScript.image(300, start: 100)

  private func list(_ analytic: Analytic, _ name: String) throws -> DeclaredList {
    try #require(DeclaredList.all.first { $0.analytic == analytic && $0.name == name })
  }

  private func declarations(
    _ analytic: Analytic, _ lists: [String: [String]]
  ) throws -> Declarations {
    var declarations = Declarations()
    for (name, texts) in lists {
      let list = try list(analytic, name)
      declarations[list] = try texts.map { try DeclaredEntry($0, list.kind) }
    }
    return declarations
  }

  private func finding(_ path: String, _ declarations: Declarations) throws -> Finding {
    var script = EventScript()
    script.start(visitor, path, at: 100)
    script.beat(visitor, from: 200)
    var settings = PipelineSettings()
    settings.declarations = declarations
    return try #require(PipelineRun(script, settings: settings).findings.first)
  }

  @Test("A list lowers once, is named as it held, and holds for its own analytic only")
  func lowers() throws {
    let agent = "/usr/local/bin/agent"
    let held = try finding(
      agent, declarations(.beacon, ["ProcessNetworkBaseline": ["pkg:other", agent]]))
    #expect(held.factors == ["L4"])
    // P1 to the outside is low, and a lower takes it to explained: told on request, never dropped.
    #expect(held.severity == .explained)
    #expect(
      held.severityReasons.contains(
        "L4: declared in [analytics.AN0597]: ProcessNetworkBaseline = \(agent)"))
    #expect(held.test("L4_setting")?.value == .word("ProcessNetworkBaseline = \(agent)"))
    let other = try finding(
      agent, declarations(.beacon, ["ProcessNetworkBaseline": ["/usr/bin/agent"]]))
    #expect(other.outcome("L4_setting") == .notMet)
    #expect(other.test("L4_setting")?.value == .word("not in ProcessNetworkBaseline"))
    #expect(other.severity == .low)
    for (analytic, name) in [(Analytic.oneWay, "ProcessName"), (.excessEgress, "ProcessAllowlist")]
    {
      let foreign = try finding(agent, declarations(analytic, [name: [agent]]))
      #expect(foreign.outcome("L4_setting") == nil && foreign.severity == .low)
    }
  }

  @Test("Code from a temporary directory stays at medium or above, declared or not")
  func volatile() throws {
    let path = "/tmp/agent"
    let declared = try finding(path, declarations(.beacon, ["ProcessNetworkBaseline": [path]]))
    #expect(declared.outcome("L4_setting") == .met)
    #expect(declared.severity >= .medium)
  }

  @Test("The inventory and a list that both declare a behaviour lower once, and both are named")
  func both() throws {
    let agent = "/usr/local/bin/agent"
    var script = EventScript()
    script.start(visitor, agent, at: 100)
    script.beat(visitor, from: 200)
    var settings = PipelineSettings()
    settings.declarations = try declarations(.beacon, ["ProcessNetworkBaseline": [agent]])
    settings.inventory = Inventory(
      services: [Inventory.Service(name: "agent", path: agent, destinations: ["203.0.113.9"])])
    let finding = try #require(PipelineRun(script, settings: settings).findings.first)
    #expect(finding.factors == ["L4"])
    let reason = try #require(finding.severityReasons.first { $0.hasPrefix("L4") })
    #expect(reason.contains("inventory: agent") && reason.contains("[analytics.AN0597]"))
  }

  // MARK: Entries

  private func program(_ path: ByteString, package: ByteString? = nil) -> ExecutableIdentity {
    ExecutableIdentity(origin: package.map { .package($0) } ?? .owner(0), path: path)
  }

  private func behaviour(
    _ analytic: Analytic, _ subject: Subject, uid: UInt32? = 33, arguments: String? = "-q x",
    to destination: String = "203.0.113.9:443", package: String? = nil,
    provenance: Provenance? = .verified, owner: UInt32 = 0, name: String? = "api.example.com",
    _ application: ApplicationProtocol? = .tls
  ) throws -> DeclaredBehaviour {
    var file = ExecutableFacts()
    file.owner = owner
    file.mode = 0o100755
    if case .package(let name) = subject.executable.origin { file.package = name }
    if let package { file.package = ByteString(package) }
    return DeclaredBehaviour(
      analytic: analytic, subject: subject, file: file, program: provenance, uid: uid,
      arguments: arguments,
      destination: try #require(DestinationPattern(text: destination)), name: name,
      application: application, port: 443)
  }

  @Test("An interpreter is declared by the script it runs, and inline code by nothing")
  func scripts() throws {
    let python = program("/usr/bin/python3.11", package: "python3.11")
    let cases: [(ScriptIdentity?, String, Bool)] = [
      (nil, "/usr/bin/python3.11", true), (nil, "pkg:python3.11", true),
      (.file("/opt/a.py"), "/opt/a.py", true), (.file("/opt/a.py"), "/usr/bin/python3.11", false),
      (.file("/opt/a.py"), "pkg:python3.11", false), (.file("/opt/b.py"), "/opt/a.py", false),
      (.inline("00"), "/usr/bin/python3.11", false), (.inline("00"), "pkg:python3.11", false),
    ]
    for (script, text, holds) in cases {
      let declared = try declarations(.beacon, ["ProcessNetworkBaseline": [text]])
      let outcome = declared.outcome(
        try behaviour(.beacon, Subject(executable: python, script: script)))
      #expect((outcome != .missing("ProcessNetworkBaseline")) == holds, "\(text)")
    }
  }

  @Test("A script declares what reads it only where that is a package's or root's own")
  func readers() throws {
    let script = Subject(
      executable: program("/home/u/.x/python3"), script: .file("/opt/a.py"))
    let declared = try declarations(.beacon, ["ProcessNetworkBaseline": ["/opt/a.py"]])
    let cases: [(Provenance?, Bool)] = [
      (.verified, true), (.administrator, true), (.userWritable, false), (.volatile, false),
      (nil, false),
    ]
    for (provenance, holds) in cases {
      let outcome = declared.outcome(try behaviour(.beacon, script, provenance: provenance))
      #expect((outcome != .missing("ProcessNetworkBaseline")) == holds, "\(provenance as Any)")
    }
    // The whole way: a user's file that is called python3 runs root's script.
    var story = EventScript()
    story.start(
      visitor, "/srv/x/python3", arguments: ["python3", "/opt/a.py"], at: 100, owner: 1_000)
    story.beat(visitor, from: 200)
    var settings = PipelineSettings()
    settings.declarations = declared
    let finding = try #require(PipelineRun(story, settings: settings).findings.first)
    #expect(finding.outcome("L4_setting") == .notMet)
  }

  @Test("A declared package and snap are the acting process's own, not what the path was known by")
  func ownFile() throws {
    let curl = Subject(executable: program("/usr/bin/curl", package: "curl"))
    let packages = try declarations(.beacon, ["ProcessNetworkBaseline": ["pkg:curl"]])
    for (package, holds) in [("curl", true), ("", false)] {
      let outcome = packages.outcome(try behaviour(.beacon, curl, package: package))
      #expect((outcome != .missing("ProcessNetworkBaseline")) == holds, "\(package)")
    }
    let foo = Subject(
      executable: ExecutableIdentity(origin: .snap("foo"), path: "/snap/foo/bin/foo"))
    let snaps = try declarations(.beacon, ["ProcessNetworkBaseline": ["snap:foo"]])
    for (owner, holds) in [(UInt32(0), true), (1_000, false)] {
      let outcome = snaps.outcome(try behaviour(.beacon, foo, owner: owner))
      #expect((outcome != .missing("ProcessNetworkBaseline")) == holds, "\(owner)")
    }
  }

  @Test("Of each kind of list an entry must hold; a parent and arguments only narrow")
  func kinds() throws {
    var subject = Subject(executable: program("/usr/bin/curl", package: "curl"))
    subject.initiator = Initiator(
      executable: program("/usr/sbin/cron", package: "cron"), script: .job("9a41c0d2e5f60718"))
    let here = try behaviour(.oneWay, subject)
    let cases: [([String: [String]], Declarations.Outcome)] = [
      ([:], .nothing),
      (["ParentProcess": ["pkg:cron"], "CommandLineArgs": ["-q x"]], .nothing),
      (["ProcessName": ["pkg:curl"]], .held("ProcessName = pkg:curl")),
      (
        ["ProcessName": ["pkg:curl"], "ParentProcess": ["/usr/sbin/cron"]],
        .held("ProcessName = pkg:curl, ParentProcess = /usr/sbin/cron")
      ),
      (
        ["ProcessName": ["pkg:curl"], "ParentProcess": ["/usr/bin/bash"]],
        .missing("ParentProcess")
      ),
      (
        ["ProcessName": ["pkg:curl"], "CommandLineArgs": ["-q x"]],
        .held("ProcessName = pkg:curl, CommandLineArgs = -q x")
      ),
      (["ProcessName": ["pkg:curl"], "CommandLineArgs": ["-q"]], .missing("CommandLineArgs")),
      (
        ["DestinationDomain": ["192.0.2.1", "*.example.com"]],
        .held("DestinationDomain = *.example.com")
      ),
      (
        ["DestinationDomain": ["203.0.113.0/24:443"]],
        .held("DestinationDomain = 203.0.113.0/24:443")
      ),
      (["DestinationDomain": ["203.0.113.9:80"]], .missing("DestinationDomain")),
      (
        ["ProcessName": ["pkg:wget"], "DestinationDomain": ["*.example.com"]],
        .missing("ProcessName")
      ),
    ]
    for (lists, expected) in cases {
      #expect(try declarations(.oneWay, lists).outcome(here) == expected, "\(lists)")
    }
    // A network is declared where it is covered whole, whatever one of its addresses is called.
    let wide = try behaviour(.oneWay, subject, to: "203.0.113.0/24:443")
    let named = try declarations(.oneWay, ["DestinationDomain": ["*.example.com"]])
    #expect(named.outcome(wide) == .missing("DestinationDomain"))
  }

  @Test("A user's program, a hostname and a protocol on a port are declared the same way")
  func others() throws {
    let subject = Subject(executable: program("/usr/bin/rsync", package: "rsync"))
    let users = try declarations(
      .excessEgress,
      ["ProcessAllowlist": ["pkg:borg"], "UserProcessBaseline": ["uid:33 /usr/bin/rsync"]])
    #expect(
      users.outcome(try behaviour(.excessEgress, subject))
        == .held("UserProcessBaseline = uid:33 /usr/bin/rsync"))
    #expect(
      users.outcome(try behaviour(.excessEgress, subject, uid: 34))
        == .missing("ProcessAllowlist or UserProcessBaseline"))
    let host = try declarations(.tlsEgress, ["HostnamePattern": ["api.example.com:443"]])
    #expect(
      host.outcome(try behaviour(.tlsEgress, subject))
        == .held("HostnamePattern = api.example.com:443"))
    let service = try declarations(.nonconforming, ["AllowedServices": ["ssh:443"]])
    #expect(
      service.outcome(try behaviour(.nonconforming, subject, .ssh))
        == .held("AllowedServices = ssh:443"))
    for application in [ApplicationProtocol.tls, nil] {
      #expect(
        service.outcome(try behaviour(.nonconforming, subject, application))
          == .missing("AllowedServices"))
    }
  }
}
