// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing
import Wire

@testable import Findings

@Suite("Suppressions")
struct SuppressionTests: SuppressionTesting {
  private static let cron = SuppressedProgram(
    origin: "pkg:cron", path: "/usr/sbin/cron", script: "job:9a41c0d2e5f60718")

  @Test("A rule holds for its executable, digest, destination and analytic")
  func holds() throws {
    let finding = try Story.finding(Story.beacon())
    let rule = try rule()
    #expect(match(rule, finding) == .suppressed(rule))
    let wide = try self.rule { $0.analytic = nil }
    #expect(match(wide, finding) == .suppressed(wide))
  }

  @Test("Each part that differs alone is nearly, and named")
  func nearly() throws {
    let finding = try Story.finding(Story.beacon())
    let other = try #require(DestinationPattern(text: "203.0.113.10:443"))
    let port = try #require(DestinationPattern(text: "203.0.113.9:80"))
    let cases: [(SuppressionRule.Part, SuppressionRule)] = [
      (.executable, try rule { $0.program.path = "/opt/agent/other" }),
      (.executable, try rule { $0.program.origin = "pkg:agent" }),
      (.digest, try rule { $0.sha256 = String(repeating: "0", count: 64) }),
      (.destination, try rule { $0.destination = other }),
      (.port, try rule { $0.destination = port }),
      (.analytic, try rule { $0.analytic = .oneWay }),
      (.script, try rule { $0.program.script = "file:/opt/agent/a.py" }),
      (.starter, try rule { $0.starter = .program(Self.cron) }),
      (.expiry, try rule { $0.expires = Self.now }),
    ]
    for (part, rule) in cases {
      #expect(match(rule, finding) == .nearly(rule))
      #expect(rule.mismatches(SuppressionCandidate(finding), at: Self.now) == [part])
    }
  }

  @Test("Two parts that differ are no match at all")
  func none() throws {
    let finding = try Story.finding(Story.beacon())
    let rule = try rule {
      $0.program.path = "/opt/other"
      $0.analytic = .oneWay
    }
    #expect(match(rule, finding) == .none)
  }

  @Test("The same path with another or an unknown content is not what was answered for")
  func digest() throws {
    let rule = try rule()
    for digest in [String(repeating: "cd", count: 32), nil] {
      let finding = try Story.finding(Story.beacon(digest: digest))
      #expect(match(rule, finding) == .nearly(rule))
    }
  }

  @Test("Nothing suppresses code from a temporary directory")
  func volatile() throws {
    let rule = try rule { $0.program.path = "/tmp/agent" }
    let finding = try Story.finding(Story.beacon("/tmp/agent"))
    #expect(rule.mismatches(SuppressionCandidate(finding), at: Self.now) == [.provenance])
    #expect(match(rule, finding) == .nearly(rule))
  }

  @Test("A rule for an interpreter holds for its script only")
  func script() throws {
    let finding = try Story.finding(
      Story.beacon(
        "/usr/bin/python3", arguments: ["python3", "/opt/agent/a.py"], package: "python3"))
    let rule = try rule {
      $0.program.origin = "pkg:python3"
      $0.program.path = "/usr/bin/python3"
    }
    #expect(rule.mismatches(SuppressionCandidate(finding), at: Self.now) == [.script])
    let exact = try self.rule {
      $0.program.origin = "pkg:python3"
      $0.program.path = "/usr/bin/python3"
      $0.program.script = "file:/opt/agent/a.py"
    }
    #expect(match(exact, finding) == .suppressed(exact))
  }

  @Test("A rule for what one cron job does with curl holds for no other job, and for no shell")
  func starter() throws {
    var candidate = SuppressionCandidate(
      subject: "s1|pkg:curl|/usr/bin/curl||pkg:cron|/usr/sbin/cron|job:9a41c0d2e5f60718",
      code: SuppressionCandidate.Code(sha256: Story.digest, package: "curl"), analytic: .beacon,
      destination: try #require(DestinationPattern(text: "203.0.113.9:443")), name: nil)
    let rule = try rule {
      $0.program = SuppressedProgram(origin: "pkg:curl", path: "/usr/bin/curl")
      $0.starter = .program(Self.cron)
    }
    #expect(rule.mismatches(candidate, at: Self.now).isEmpty)
    var any = rule
    any.starter = .anything
    let others = [
      SuppressedProgram(origin: "pkg:cron", path: "/usr/sbin/cron", script: "job:0000000000000000"),
      SuppressedProgram(origin: "pkg:bash", path: "/usr/bin/bash"), nil,
    ]
    for other in others {
      candidate.starter = other
      #expect(rule.mismatches(candidate, at: Self.now) == [.starter])
      #expect(any.mismatches(candidate, at: Self.now).isEmpty)
    }
  }

  @Test("Rules that differ in one part only are two rules: none is dropped")
  func ids() throws {
    let rules = [
      try rule(), try rule { $0.sha256 = String(repeating: "0", count: 64) },
      try rule { $0.sha256 = nil }, try rule { $0.starter = .anything },
      try rule { $0.starter = .program(Self.cron) }, try rule { $0.analytic = nil },
      try rule { $0.program.script = "file:/opt/a.py" },
      try rule {
        $0.program.script = "file:/opt/a.py"
        $0.scriptSHA256 = Story.digest
      },
    ]
    #expect(Set(rules.map(\.id)).count == rules.count)
    #expect(Suppressions(rules: rules).rules.count == rules.count)
    let finding = try Story.finding(Story.beacon())
    let upgraded = try Story.finding(Story.beacon(digest: String(repeating: "0", count: 64)))
    let both = Suppressions(rules: Array(rules[..<2]))
    #expect(both.match(finding, at: Self.now) == .suppressed(rules[0]))
    #expect(both.match(upgraded, at: Self.now) == .suppressed(rules[1]))
  }

  @Test("A finding about a network or a name is held back only by what covers it whole")
  func wide() throws {
    let flat = SuppressionCandidate(try Story.finding(Story.beacon()))
    let cases: [(rule: String, key: String, name: String?, isHeld: Bool)] = [
      ("203.0.113.9", "203.0.113.0/24:443", nil, false),
      ("203.0.113.0/24", "203.0.113.0/24:443", nil, true),
      ("203.0.112.0/23:443", "203.0.113.0/24:443", nil, true),
      ("203.0.113.0/25", "203.0.113.0/24:443", nil, false),
      ("example.com", "203.0.113.0/24:443", "example.com", false),
      ("example.com", "203.0.113.9:443", "example.com", true),
      ("203.0.113.9:443", "203.0.113.9/32", nil, false),
      ("203.0.113.9", "203.0.113.9/32", nil, true),
      ("*.example.com", "a.example.com:443", nil, true),
      ("203.0.113.9", "a.example.com:443", nil, false),
      ("0.0.0.0/8", "a.example.com:443", nil, false),
      ("0.0.0.0", "a.example.com:443", "a.example.com", false),
      ("203.0.113.0/24", "all external", nil, false),
      ("2001:db8::/32", "[2001:db8:1:2::/64]:443", nil, true),
      ("127.0.0.1:80", "127.0.0.1:80@4026531840", nil, true),
    ]
    for (text, key, name, isHeld) in cases {
      let rule = try rule {
        $0.destination = DestinationPattern(text: text) ?? $0.destination
      }
      var candidate = flat
      candidate.destination = try #require(DestinationPattern(keyText: key))
      candidate.name = name
      #expect(rule.mismatches(candidate, at: Self.now).isEmpty == isHeld, "\(text) \(key)")
    }
  }

  @Test("Of rules that nearly hold, the one that lacks least is named")
  func nearest() throws {
    let finding = try Story.finding(Story.beacon())
    let expired = try rule { $0.expires = 0 }
    let elsewhere = try rule {
      $0.destination = DestinationPattern(host: .name("example.com"), port: nil)
    }
    #expect(
      Suppressions(rules: [elsewhere, expired]).match(finding, at: Self.now) == .nearly(expired))
  }

  @Test("A rule expires at its second, and warns for two weeks before")
  func expiry() throws {
    let rule = try rule { $0.expires = 10_000_000 }
    let twoWeeks: Int64 = 14 * 86_400
    #expect(rule.isActive(at: 9_999_999) && !rule.isActive(at: 10_000_000))
    #expect(!rule.isExpiring(at: 10_000_000 - twoWeeks - 1))
    #expect(rule.isExpiring(at: 10_000_000 - twoWeeks) && !rule.isExpiring(at: 10_000_000))
    let count = Suppressions(rules: [rule]).count(at: 9_999_999)
    #expect(count.active == 1 && count.expiring == 1)
  }

  @Test("A rule stated twice is one, with the later end")
  func twice() throws {
    let early = try rule { $0.expires = 5 }
    let late = try rule { $0.expires = 7 }
    #expect(Suppressions(rules: [late, early]).rules == [late])
    #expect(early.id == late.id)
  }

  @Test("The pipeline holds a finding back, counts it, and names a rule that nearly holds")
  func pipeline() throws {
    let rule = try rule()
    let other = try self.rule { $0.analytic = .oneWay }
    for (rules, isHeld) in [([rule], true), ([other], false)] {
      var settings = PipelineSettings()
      settings.suppressions = Suppressions(rules: rules)
      var pipeline = DetectionPipeline(header: Story.header, settings: settings)
      var told: [Finding] = []
      for event in Story.beacon(visits: 30).events {
        pipeline.apply(event)
        told += pipeline.takeChanges()
      }
      #expect(told.isEmpty == isHeld)
      #expect((pipeline.behaviours.evaluations(.beacon, .suppressed) > 0) == isHeld)
      #expect((pipeline.suppressionHits.total > 0) == isHeld)
      #expect(pipeline.suppressionHits[rule]?.hits ?? 0 == pipeline.suppressionHits.total)
      let finding = try #require(pipeline.findings().first)
      #expect(finding.suppressedBy == (isHeld ? rule.id : nil))
      #expect(finding.suppressionNearly == (isHeld ? nil : other.id))
    }
  }

  @Test("Hits are counted by rule")
  func hits() throws {
    var hits = SuppressionHits()
    let rule = try rule()
    #expect(hits[rule] == nil)
    hits.count(rule, at: 50)
    hits.count(rule, at: 40)
    #expect(hits[rule] == SuppressionHits.Count(hits: 2, last: 50))
    #expect(hits.total == 2)
  }
}
