// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Foundation
import Testing
import Wire

@testable import Sensor

@Suite("Files of suppressions")
struct SuppressionFileTests {
  private static let now = Story.epochSeconds + 3_600

  private func flat(_ script: EventScript) throws -> FlatFinding {
    try #require(FlatFinding(try Story.finding(script)))
  }

  /// Nothing is known to have started what most stories tell of, and that is said.
  private func request(
    initiator: String? = "none", _ edit: (inout SuppressionRequest) -> Void = { _ in }
  ) -> SuppressionRequest {
    var request = SuppressionRequest()
    request.initiator = initiator
    request.owner = "net-ops"
    request.reason = "the agent \"reports\" here"
    edit(&request)
    return request
  }

  private func refusal(_ body: () throws(SensorFailure) -> Void) -> SensorFailure? {
    do throws(SensorFailure) {
      try body()
      return nil
    } catch {
      return error
    }
  }

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

  @Test("Nobody can answer for code in a temporary directory")
  func volatile() throws {
    let finding = try flat(Story.beacon("/tmp/agent"))
    let failure = refusal { () throws(SensorFailure) in
      _ = try request().rule(for: finding, now: Self.now)
    }
    #expect(failure?.status == .usage && failure?.message.contains("P3") == true)
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

  @Test("The test says what would be hidden, and what almost")
  func test() throws {
    let finding = try flat(Story.beacon())
    let rule = try request().rule(for: finding, now: Self.now)
    let other = try request { $0.analytic = "one-way" }.rule(for: finding, now: Self.now)
    let hidden = SuppressionReport.test(Suppressions(rules: [rule]), on: [finding])
    #expect(hidden.hasPrefix("hidden  \(finding.id) by \(rule.id): "))
    #expect(hidden.hasSuffix("\n1 of 1 findings would be hidden\n"))
    let nearly = SuppressionReport.test(Suppressions(rules: [other]), on: [finding])
    #expect(nearly.hasPrefix("nearly  \(finding.id) by \(other.id), but the analytic is another: "))
    #expect(nearly.hasSuffix("\n0 of 1 findings would be hidden\n"))
  }

  @Test("A run's hits are saved only where there are new ones")
  func keeper() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let rule = try request().rule(for: try flat(Story.beacon()), now: Self.now)
    var keeper = SuppressionHitsKeeper(directory.path)
    var hits = SuppressionHits()
    keeper.save(hits)
    #expect(try directory.names() == [])
    hits.count(rule, at: 120)
    keeper.save(hits)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 1 120\n")
    #expect(try directory.mode("suppression-hits") == 0o600)
    hits.count(rule, at: 170)
    keeper.save(hits)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 2 170\n")
    // A later run goes on from there.
    var next = SuppressionHitsKeeper(directory.path)
    var more = SuppressionHits()
    more.count(rule, at: 300)
    next.save(more)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 3 300\n")
    #expect(next.takeTrouble() == nil)
    directory.remove()
    try "a file".write(toFile: directory.path, atomically: false, encoding: .utf8)
    more.count(rule, at: 301)
    next.save(more)
    #expect(next.takeTrouble()?.contains("not saved") == true)
  }

  @Test("The list shows state, end and hits; hits add up over runs")
  func list() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let rule = try request { $0.days = 10 }.rule(for: try flat(Story.beacon()), now: Self.now)
    _ = try SuppressionStore.add(rule, to: directory.path)
    for _ in 0..<2 {
      var run = SuppressionHits()
      run.count(rule, at: Self.now)
      run.count(rule, at: Self.now + 5)
      let before = SuppressionHitsFile.load(from: directory.path)
      try SuppressionHitsFile.save(before, adding: run, to: directory.path)
    }
    let hits = SuppressionHitsFile.load(from: directory.path)
    #expect(hits == [rule.id: SuppressionHits.Count(hits: 4, last: Self.now + 5)])
    let entries = try SuppressionStore.load([directory.path]).entries
    let text = SuppressionReport.list(entries, hits: hits, at: Self.now)
    #expect(
      text.hasPrefix("\(rule.id)  expiring until 2025-12-01, 4 hits, last 2025-11-21\n"))
    let json = SuppressionReport.json(entries, hits: hits, at: Self.now + 11 * 86_400)
    let value = try #require(JSONValue(Array(json.dropLast().utf8)))
    #expect(value["state"].text == "expired" && value["hits"].number == 4)
    #expect(value["reason"].text == "the agent \"reports\" here")
  }
}
