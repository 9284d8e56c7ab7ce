// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Foundation
import Testing
import Wire

@testable import Sensor

@Suite("Files of suppressions")
struct SuppressionFileTests: SuppressionTesting {
  @Test("A rule made of a finding suppresses it, comes back from its file, and lasts 90 days")
  func roundTrip() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let finding = try flat(Story.beacon())
    let rule = try request().rule(for: finding, now: Self.now)
    #expect(rule.program == SuppressedProgram(origin: "uid:0", path: "/opt/agent/agent"))
    #expect(rule.starter == .unknown)
    #expect("\(rule.destination)" == "203.0.113.9:443" && rule.analytic == .beacon)
    #expect(rule.sha256 == Story.digest)
    #expect(rule.expires == Self.now + 90 * 86_400)
    let state = "\(directory.path)/state"
    #expect(try SuppressionStore.add(rule, to: state) == nil)
    let store = try SuppressionStore.load([state])
    #expect(store.entries.map(\.rule) == [rule])
    #expect(store.entries.first?.place == "\(state)/suppressions.toml:3:3")
    let candidate = try #require(finding.candidate)
    #expect(store.suppressions.match(candidate, at: Self.now) == .suppressed(rule))
    #expect(try directory.mode("state/suppressions.toml") == 0o600)
    #expect(try directory.mode("state") == 0o700)
  }

  @Test("The same again replaces, another adds, and removing leaves the other")
  func changes() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let finding = try flat(Story.beacon())
    let first = try request().rule(for: finding, now: Self.now)
    let again = try request { $0.days = 10 }.rule(for: finding, now: Self.now)
    let other = try request { $0.destination = "*.example.com" }.rule(for: finding, now: Self.now)
    #expect(try SuppressionStore.add(first, to: directory.path) == nil)
    #expect(try SuppressionStore.add(again, to: directory.path) == first)
    #expect(try SuppressionStore.add(other, to: directory.path) == nil)
    #expect(try SuppressionStore.remove(again.id, from: directory.path) == again)
    #expect(try SuppressionStore.load([directory.path]).entries.map(\.rule) == [other])
    let missing = refusal { () throws(SensorFailure) in
      _ = try SuppressionStore.remove(again.id, from: directory.path)
    }
    #expect(missing?.status == .usage && missing?.message.contains(other.id) == true)
    // Nothing is left beside the file but the lock.
    #expect(try directory.names() == [".suppressions.lock", "suppressions.toml"])
  }

  @Test("Rules that are added at once are all kept")
  func together() async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let finding = try flat(Story.beacon())
    let path = directory.path
    let rules = try (1...20).map { index in
      try request { $0.destination = "203.0.113.\(index)" }.rule(for: finding, now: Self.now)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for rule in rules { group.addTask { _ = try SuppressionStore.add(rule, to: path) } }
      try await group.waitForAll()
    }
    let kept = try SuppressionStore.load([path]).entries.map(\.rule.id)
    #expect(Set(kept) == Set(rules.map(\.id)))
  }

  @Test("Declared files are read with their places, and removed only by hand")
  func declared() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let text = """
      [[allow]]
      origin = "pkg:curl"
      path = "/usr/bin/curl"
      initiator = "pkg:cron|/usr/sbin/cron|job:9a41c0d2e5f60718"
      every_version = true
      destination = "*.example.com:443"
      owner = "web"
      reason = "poll"
      expires = 2026-02-19
      """
    _ = try directory.write(text, to: "allow.d/10-web.toml", mode: 0o644)
    _ = try directory.write("not read", to: "allow.d/README")
    let store = try SuppressionStore.load([directory.path])
    let entry = try #require(store.entries.first)
    #expect(entry.place.hasSuffix("allow.d/10-web.toml:1:3"))
    #expect(entry.rule.expires == 1_771_459_200)  // date -u -d 2026-02-19 +%s
    #expect(entry.rule.analytic == nil && entry.rule.sha256 == nil)
    #expect(
      entry.rule.starter
        == .program(
          SuppressedProgram(
            origin: "pkg:cron", path: "/usr/sbin/cron", script: "job:9a41c0d2e5f60718")))
    let failure = refusal { () throws(SensorFailure) in
      _ = try SuppressionStore.remove(entry.rule.id, from: directory.path)
    }
    #expect(failure?.message.contains("10-web.toml:1:3: remove it there") == true)
  }

  @Test(
    "A file that others can write, or that is no file, could hide findings",
    arguments: [
      ("group may write", "chmod go-w"), ("others may write", "chmod go-w"),
      ("a pipe", "is no regular file"), ("a link to a pipe", "is no regular file"),
    ])
  func trust(what: String, text: String) throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    var file = "\(directory.path)/a.toml"
    switch what {
    case "group may write": file = try directory.write("", to: "a.toml", mode: 0o620)
    case "others may write": file = try directory.write("", to: "a.toml", mode: 0o602)
    case "a pipe": try #require(unsafe mkfifo(file, 0o600) == 0)
    default:
      try #require(unsafe mkfifo("\(directory.path)/pipe", 0o600) == 0)
      try directory.link("a.toml", to: "pipe")
    }
    let failure = refusal { () throws(SensorFailure) in _ = try SuppressionStore.load([file]) }
    #expect(failure?.status == .configurationInvalid)
    #expect(failure?.message.contains(text) == true, "\(failure?.message ?? "")")
  }

  @Test(
    "A file of somebody else's could hide findings",
    .enabled(if: geteuid() == 0, "only root can give a file away"))
  func foreign() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let file = try directory.write("", to: "a.toml")
    try #require(unsafe chown(file, 12_345, 12_345) == 0)
    let failure = refusal { () throws(SensorFailure) in _ = try SuppressionStore.load([file]) }
    #expect(failure?.status == .configurationInvalid)
    #expect(failure?.message.contains("owned by uid 12345") == true)
  }

  @Test("A link to a file that can be trusted is read, as a mounted volume has it")
  func link() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    _ = try directory.write("", to: "data/a.toml", mode: 0o644)
    _ = try directory.write("not read", to: "allow.d/README")
    try directory.link("allow.d/a.toml", to: "../data/a.toml")
    #expect(try SuppressionStore.load([directory.path]).entries.isEmpty)
  }

  private static let whole: [(String, String)] = [
    ("origin", "\"uid:0\""), ("path", "\"/opt/a\""), ("destination", "\"203.0.113.9\""),
    ("sha256", "\"\(String(repeating: "a", count: 64))\""), ("owner", "\"o\""),
    ("reason", "\"r\""), ("expires", "2026-02-19"), ("initiator", "\"none\""),
  ]

  @Test(
    "What cannot be used is refused with its place",
    arguments: [
      ("origin", nil, ":1:3: a suppression needs origin"),
      ("origin", "\"agent\"", ":2:10: origin is what vouches for the path"),
      ("origin", "\"pid:5@7\"", ":2:10: origin is what vouches for the path"),
      ("path", nil, ":1:3: a suppression needs the executable's whole path"),
      ("path", "\"agent\"", ":3:8: a suppression needs the executable's whole path"),
      ("sha256", nil, ":3:8: no package vouches for /opt/a"),
      ("sha256", "\"abc\"", ":5:10: sha256 is 64 digits"),
      ("destination", nil, ":1:3: a suppression needs destination"),
      ("destination", "\"*\"", ":4:15: a suppression for every destination"),
      ("destination", "\"0.0.0.0/0\"", ":4:15: a suppression for every destination"),
      ("destination", "\"a b\"", ":4:15: \"a b\" is no destination"),
      ("owner", "\" \"", ":6:9: a suppression needs owner"),
      ("reason", nil, ":1:3: a suppression needs reason"),
      ("expires", nil, ":1:3: a suppression needs expires, or created"),
      ("expires", "\"soon\"", ":8:11: allow.expires is no date"),
      ("expires", "5", ":8:11: allow.expires is no date"),
      ("origin", "\"uid:x\"", ":2:10: origin is what vouches for the path"),
      ("origin", "\"uid:007\"", ":2:10: origin is what vouches for the path"),
      ("origin", "\"pkg:a|b\"", ":2:10: origin is what vouches for the path"),
      ("path", "\"/usr/bin/../bin/a\"", ":3:8: no finding has the path"),
      ("path", "\"/usr//a\"", ":3:8: no finding has the path"),
      ("path", "\"/opt/a|b\"", ":3:8: no finding has the path"),
      ("script", "\"/opt/a.py\"", ":10:10: script is as in a finding's subject"),
      ("script", "\"job:12\"", ":10:10: script is as in a finding's subject"),
      ("script", "\"file:/opt/a.py\"", ":10:10: which content of /opt/a.py is meant?"),
      ("script_sha256", "\"abc\"", ":10:17: script_sha256 is 64 digits"),
      (
        "script_sha256", "\"\(String(repeating: "a", count: 64))\"",
        ":10:17: script_sha256 is of a file"
      ),
      ("expires", "9999-12-31", ":8:11: expires is at the latest 2262-04-11"),
      ("initiator", "\"uid:x|/usr/bin/a|\"", ":9:13: initiator is the end of a finding's subject"),
      ("initiator", "\"pkg:a|/b/../a|\"", ":9:13: initiator is the end of a finding's subject"),
      ("initiator", nil, ":3:8: what may start /opt/a?"),
      ("initiator", "\"cron\"", ":9:13: initiator is the end of a finding's subject"),
      ("initiator", "\"pkg:cron|cron|\"", ":9:13: initiator is the end of a finding's subject"),
      ("initiator", "\"pid:5@7||\"", ":9:13: initiator is the end of a finding's subject"),
      ("any_initiator", "true", ":9:13: initiator takes one program, any_initiator all"),
      ("any_initiator", "1", ":10:17: allow.any_initiator is a whole number"),
      ("every_version", "true", ":10:17: sha256 takes one version, every_version all"),
      ("every_version", "\"yes\"", ":10:17: allow.every_version is a string"),
    ])
  func refused(key: String, value: String?, text: String) throws {
    var lines = ["[[allow]]"]
    for (name, standard) in Self.whole {
      guard name == key else {
        lines.append("\(name) = \(standard)")
        continue
      }
      if let value { lines.append("\(name) = \(value)") }
    }
    if let value, !Self.whole.contains(where: { $0.0 == key }) { lines.append("\(key) = \(value)") }
    let reader = SuppressionReader(
      try TOMLDocument(lines.joined(separator: "\n"), name: "f"))
    let problem = try #require(reader.problems.first)
    // Where a line is left out, the lines below move up.
    #expect(problem.hasPrefix("f" + text), "\(problem)")
    #expect(reader.rules.isEmpty)
  }

  @Test("A rule without a digest says that every version is meant, also for a package's file")
  func everyVersion() throws {
    func problems(_ lines: String...) throws -> [String] {
      let text = """
        [[allow]]
        origin = "pkg:curl"
        path = "/usr/bin/curl"
        any_initiator = true
        destination = "203.0.113.9"
        owner = "o"
        reason = "r"
        expires = 2026-02-19

        """
      let document = try TOMLDocument(text + lines.joined(separator: "\n"), name: "f")
      return SuppressionReader(document).problems
    }
    for line in ["", "every_version = false"] {
      #expect(try problems(line).first?.hasPrefix("f:3:8: which content of /usr/bin/curl") == true)
    }
    #expect(try problems("every_version = true") == [])
    #expect(try problems("sha256 = \"\(Story.digest)\"") == [])
  }

  @Test("A slip of the hand is named, and so is the analytic that was meant")
  func nearest() throws {
    let text = "[[allow]]\norigim = \"pkg:a\"\n[[alow]]\n"
    let problems = SuppressionReader(try TOMLDocument(text, name: "f")).problems
    #expect(
      problems.first?.hasPrefix("f:2:1: unknown key allow.origim; did you mean origin?") == true)
    #expect(problems.last?.hasPrefix("f:3:3: unknown key alow; did you mean allow?") == true)
    let failure = refusal { () throws(SensorFailure) in
      _ = try request {
        $0.origin = "pkg:a"
        $0.path = "/usr/bin/a"
        $0.isEveryVersion = true
        $0.isAnyInitiator = true
        $0.destination = "203.0.113.9"
        $0.analytic = "beacn"
      }.rule(for: nil, now: Self.now)
    }
    #expect(failure?.message.contains("did you mean beacon?") == true)
  }

  @Test("A created date alone lasts 90 days")
  func created() throws {
    let text = """
      [[allow]]
      origin = "address:192.0.2.10"
      destination = "203.0.113.9"
      owner = "o"
      reason = "r"
      created = 1970-01-01T00:00:05Z
      """
    let reader = SuppressionReader(try TOMLDocument(text, name: "f"))
    #expect(reader.problems == [])
    #expect(reader.rules.map(\.expires) == [5 + 90 * 86_400])
  }
}
