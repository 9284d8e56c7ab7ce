// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Foundation
import Testing

@testable import Sensor

@Suite("What a rule that is made covers, and who may write one")
struct SuppressionWidthTests: SuppressionTesting {
  @Test("That nothing known started a program is part of a rule only where it is said")
  func unknownStarter() throws {
    let finding = try flat(Story.beacon())
    let failure = refusal { () throws(SensorFailure) in
      _ = try request(initiator: nil).rule(for: finding, now: Self.now)
    }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains("--initiator none") == true)
    #expect(try request().rule(for: finding, now: Self.now).starter == .unknown)
  }

  @Test("A rule made of a script's finding takes the script's content, and says what it takes")
  func scripts() throws {
    func finding(_ digest: String?) throws -> FlatFinding {
      try flat(
        Story.beacon(
          "/usr/bin/python3", arguments: ["python3", "/opt/up.py"], package: "python3",
          scriptDigest: digest))
    }
    let digest = String(repeating: "12", count: 32)
    let rule = try request().rule(for: try finding(digest), now: Self.now)
    #expect(rule.scriptSHA256 == digest && rule.sha256 == Story.digest)
    #expect(SuppressionReport.what(rule).contains(", this content and this script's only, "))
    #expect(try SuppressionReader(TOMLDocument(rule.toml, name: "f")).rules == [rule])
    let unread = try finding(nil)
    let missing = refusal { () throws(SensorFailure) in
      _ = try request().rule(for: unread, now: Self.now)
    }
    #expect(missing?.message.hasPrefix("no digest of /opt/up.py is known: --every-version") == true)
    let every = try request { $0.isEveryVersion = true }.rule(
      for: try finding(digest), now: Self.now)
    #expect(every.scriptSHA256 == nil && every.sha256 == nil)
    #expect(
      SuppressionReport.notice(every, of: try finding(digest))
        == "every version of /usr/bin/python3 and of /opt/up.py is covered, not only the one that "
        + "was found")
    let pinned = try request {
      $0.isEveryVersion = true
      $0.scriptSHA256 = digest
    }.rule(for: try finding(nil), now: Self.now)
    #expect(pinned.scriptSHA256 == digest && pinned.sha256 == nil)
    #expect(try SuppressionReader(TOMLDocument(pinned.toml, name: "f")).rules == [pinned])
    // What an interpreter finds by a name was compared by nobody.
    let module = try request().rule(
      for: try flat(
        Story.beacon("/usr/bin/python3", arguments: ["python3", "-m", "up"], package: "python3")),
      now: Self.now)
    #expect(SuppressionReport.what(module).contains("but any of the code that it finds"))
  }

  @Test("No rule is made of a file that is not what its path was known by")
  func notVouchedFor() throws {
    var text = String(
      decoding: FindingJSON.encode(try Story.finding(Story.beacon("/usr/bin/a", package: "a"))),
      as: UTF8.self)
    text = text.replacing("\"package\":\"a\"", with: "\"package\":null")
    let finding = try #require(FlatFinding(line: Array(text.utf8)))
    let failure = refusal { () throws(SensorFailure) in
      _ = try request().rule(for: finding, now: Self.now)
    }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains("is not known to be of pkg:a") == true)
    #expect(!Explanation.text(of: finding, source: "f").contains("allow add"))
  }

  @Test(
    "What root adds belongs to whose sensor reads it, and root can go on",
    .enabled(if: geteuid() == 0, "only root can give a file away"))
  func given() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    try #require(unsafe chown(directory.path, 12_345, 12_346) == 0)
    let finding = try flat(Story.beacon())
    let first = try request().rule(for: finding, now: Self.now)
    let second = try request { $0.destination = "*.example.com" }.rule(for: finding, now: Self.now)
    for rule in [first, second] {
      #expect(try SuppressionStore.add(rule, to: directory.path) == nil)
      for name in ["suppressions.toml", ".suppressions.lock"] {
        var status = stat()
        try #require(unsafe lstat("\(directory.path)/\(name)", &status) == 0)
        #expect(status.st_uid == 12_345 && status.st_gid == 12_346, "\(name)")
      }
    }
    #expect(try SuppressionStore.load(kept: directory.path).entries.count == 2)
    // A sensor that runs as root does not take what another user can write.
    let failure = refusal { () throws(SensorFailure) in
      _ = try SuppressionStore.load([directory.path])
    }
    #expect(failure?.message.contains("owned by uid 12345") == true)
    // Root's own sensor in somebody's directory reads what is root's.
    let other = try TemporaryDirectory()
    defer { other.remove() }
    try #require(unsafe chown(other.path, 12_345, 12_346) == 0)
    _ = try other.write("", to: "state.db")
    #expect(try SuppressionStore.add(first, to: other.path) == nil)
    #expect(try SuppressionStore.load([other.path]).entries.count == 1)
  }

  @Test("A zero byte is refused with its place: what stands behind it would be left out")
  func zero() throws {
    let failure = refusal { () throws(SensorFailure) in
      _ = try TOMLDocument("a = 1\n# x\0\n[[allow]]\n", name: "f")
    }
    #expect(failure?.status == .configurationInvalid)
    #expect(failure?.message.hasPrefix("f:2:4: ") == true)
  }

  @Test("The sensor takes no configuration that others can write: it could hide findings")
  func configuration() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let open = try directory.write("role = \"ci\"", to: "open.toml", mode: 0o666)
    let closed = try directory.write("role = \"ci\"", to: "closed.toml", mode: 0o644)
    #expect(try SensorConfiguration.loadTrusted(closed).pipeline.role == "ci")
    #expect(try SensorConfiguration.load(open).pipeline.role == "ci")
    let failure = refusal { () throws(SensorFailure) in
      _ = try SensorConfiguration.loadTrusted(open)
    }
    #expect(failure?.status == .configurationInvalid)
    #expect(failure?.message.contains("chmod go-w") == true)
  }

  @Test("A rule made of a finding without a digest must be asked for, and says what it covers")
  func noDigest() throws {
    let finding = try flat(
      Story.beacon("/usr/bin/agent", package: "agent", digest: nil))
    let failure = refusal { () throws(SensorFailure) in
      _ = try request().rule(for: finding, now: Self.now)
    }
    #expect(failure?.status == .usage)
    #expect(
      failure?.message
        == "no digest of /usr/bin/agent is known: --every-version covers every version of it, "
        + "--sha256 one")
    let wide = try request { $0.isEveryVersion = true }.rule(for: finding, now: Self.now)
    #expect(
      SuppressionReport.notice(wide, of: finding)
        == "no digest of /usr/bin/agent is known: every version of it is covered")
    let known = try flat(Story.beacon("/usr/bin/agent", package: "agent"))
    #expect(
      SuppressionReport.notice(wide, of: known)
        == "every version of /usr/bin/agent is covered, not only the one that was found")
    let one = try request().rule(for: known, now: Self.now)
    #expect(SuppressionReport.notice(one, of: known) == nil)
  }

  @Test("A rule carries what started the program; every starter is asked for and said")
  func starters() throws {
    let finding = try flat(
      Story.beacon("/usr/bin/curl", package: "curl", starter: "/usr/sbin/cron"))
    let rule = try request(initiator: nil).rule(for: finding, now: Self.now)
    guard case .program(let starter) = rule.starter else {
      Issue.record("\(rule.starter)")
      return
    }
    #expect(starter.path == "/usr/sbin/cron")
    #expect(SuppressionReport.what(rule).contains("started by /usr/sbin/cron ("))
    #expect(try SuppressionReader(TOMLDocument(rule.toml, name: "f")).rules == [rule])
    let any = try request(initiator: nil) { $0.isAnyInitiator = true }
      .rule(for: finding, now: Self.now)
    #expect(any.starter == .anything)
    #expect(SuppressionReport.what(any).hasSuffix("started by anything"))
    let tested = SuppressionReport.test(Suppressions(rules: [any]), on: [finding])
    #expect(tested.hasPrefix("hidden  \(finding.id) by \(any.id) (whatever started it): "))
    let one = SuppressionReport.test(Suppressions(rules: [rule]), on: [finding])
    #expect(one.hasPrefix("hidden  \(finding.id) by \(rule.id): "))
  }

  @Test("Nobody can answer for code in a temporary directory")
  func volatile() throws {
    let finding = try flat(Story.beacon("/tmp/agent"))
    let failure = refusal { () throws(SensorFailure) in
      _ = try request().rule(for: finding, now: Self.now)
    }
    #expect(failure?.status == .usage && failure?.message.contains("P3") == true)
  }
}
