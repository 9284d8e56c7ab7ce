// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Testing
import Wire

@testable import Sensor

@Suite("Configuration")
struct ConfigurationTests {
  private func problems(_ text: String) throws -> [String] {
    ConfigurationReader(try TOMLDocument(text, name: "f")).problems
  }

  private func refusal(_ text: String) -> SensorFailure? {
    do throws(SensorFailure) {
      _ = try SensorConfiguration.parse(text, name: "f")
      return nil
    } catch {
      return error
    }
  }

  @Test("What the default file says is valid and changes nothing")
  func defaultFile() throws {
    let text = SensorConfiguration.defaultText
    #expect(try problems(text) == [])
    let read = try SensorConfiguration.parse(text, name: "f")
    #expect(read.hash == SensorConfiguration().hash)
    #expect(read.pipeline == PipelineSettings())
    for tunable in AnalyticSettings.tunables {
      #expect(text.contains("\n\(tunable.name) = "), "\(tunable.name)")
    }
  }

  @Test("Every tunable has its meaning")
  func meanings() {
    for tunable in AnalyticSettings.tunables {
      let text = TunableMeaning.text(of: tunable)
      #expect(!text.hasPrefix("See docs"), "\(tunable.analytic.identifier).\(tunable.name)")
    }
  }

  @Test("Its example of a service is valid once it is no comment")
  func example() throws {
    let lines = SensorConfiguration.defaultText.split(separator: "\n")
    let start = try #require(lines.firstIndex { $0 == "# [[inventory.services]]" })
    let text = lines[start...].map { $0.dropFirst(2) }.joined(separator: "\n")
    let read = try SensorConfiguration.parse(text, name: "f")
    #expect(read.pipeline.inventory.services.map(\.name) == ["log shipper"])
  }

  @Test("Every tunable is set by the analytic's identifier or its short name")
  func tunables() throws {
    for tunable in AnalyticSettings.tunables {
      for analytic in [tunable.analytic.identifier, tunable.analytic.slug] {
        let text = "[analytics.\(analytic)]\n\(tunable.name) = \(Int(tunable.range.upperBound))\n"
        let read = try SensorConfiguration.parse(text, name: "f")
        #expect(read.pipeline.analytics.value(of: tunable) == tunable.range.upperBound)
      }
    }
  }

  @Test("ATT&CK's lists are set under the analytic's identifier, its sibling's, or its short name")
  func lists() throws {
    let examples: [DeclaredList.Kind: String] = [
      .program: "/usr/bin/a", .starter: "pkg:a", .userProgram: "uid:33 /usr/bin/a",
      .arguments: "-q x", .destination: "*.example.com:443", .service: "ssh:443",
    ]
    for list in DeclaredList.all {
      let entry = try #require(examples[list.kind])
      let names = [list.analytic.identifier, list.analytic.slug, list.analytic.sibling]
      for analytic in names.compactMap(\.self) {
        var text = "[analytics.\(analytic)]\n\(list.name) = [\"\(entry)\"]\n"
        if list.kind.onlyNarrows { text += "ProcessName = [\"/usr/bin/b\"]\n" }
        let read = try SensorConfiguration.parse(text, name: "f")
        #expect(read.pipeline.declarations[list].map(\.text) == [entry])
        #expect(read.hash != SensorConfiguration().hash)
        #expect(try SensorConfiguration.parse(read.effectiveText, name: "g").hash == read.hash)
        let shown = read.parameters(of: list.analytic).first { $0.name == list.name }
        #expect(shown?.value == "[\"\(entry)\"]" && shown?.source.hasPrefix("f:2:") == true)
      }
      #expect(!TunableMeaning.text(of: list).hasPrefix("See docs"), "\(list.name)")
    }
  }

  @Test("A parameter of ATT&CK's that has no use here is answered with the reason")
  func unused() throws {
    let places = [
      ("AN0076", "BeaconIntervalWindow", "finds the period"),
      ("beacon", "BeaconIntervalWindow", ""),
      ("AN1190", "RequestFrequency", "judged by the beacon analytic"),
      ("AN0634", "PayloadEntropyThreshold", "as random as"),
    ]
    for (analytic, name, reason) in places {
      let found = try problems("[analytics.\(analytic)]\n\(name) = 7.5")
      let start = "f:2:1: analytics.\(analytic).\(name) is not used: "
      #expect(
        found.count == 1 && found[0].hasPrefix(start) && found[0].contains(reason), "\(found)")
    }
  }

  @Test("A dotted key is the same as a table's")
  func dotted() throws {
    let read = try SensorConfiguration.parse(
      "analytics.AN0597.RepeatFrequencyThreshold = 9", name: "f")
    #expect(read.pipeline.analytics.beacon.repeatFrequencyThreshold == 9)
  }

  @Test("How long findings are kept is set, and is no part of the hash")
  func retention() throws {
    let read = try SensorConfiguration.parse(
      "[findings.retention]\ndays = 7\nbytes = 1000000\n", name: "f")
    #expect(read.pipeline.retention.days == 7 && read.pipeline.retention.bytes == 1_000_000)
    #expect(read.hash == SensorConfiguration().hash)
    #expect(read.effectiveText.contains("findings.retention.days = 7 "))
    #expect(
      try problems("[findings.retention]\ndays = 0\nbites = 1\n") == [
        "f:2:8: findings.retention.days = 0 is out of range; valid: whole numbers from 1 to 3650",
        "f:3:1: unknown key findings.retention.bites; did you mean bytes? valid: days, bytes",
      ])
    #expect(
      try problems("[findings]\nretention = 7\n") == [
        "f:2:13: findings.retention is a whole number; it must be a table: [findings.retention]"
      ])
  }

  @Test(
    "An error has its line and column, and the key that was meant",
    arguments: [
      (
        "\n[analytics.AN0597]\n  PayloadLenghtVariance = 0.1",
        "f:3:3: unknown key analytics.AN0597.PayloadLenghtVariance; did you mean "
          + "PayloadLengthVariance?"
      ),
      (
        "[analytics.AN0598]\nx = 1",
        "f:1:12: unknown key analytics.AN0598; did you mean AN0597?"
      ),
      ("[analytics]\ninclude_lopback = true", "f:2:1: unknown key analytics.include_lopback; did"),
      ("rolle = \"ci\"", "f:1:1: unknown key rolle; did you mean role?"),
      ("zzzzzz = 1", "f:1:1: unknown key zzzzzz; valid: role, analytics"),
      (
        "[analytics.beacon]\nPayloadLengthVariance = 5",
        "f:2:25: analytics.beacon.PayloadLengthVariance = 5 is out of range; valid: numbers from 0 to 1"
      ),
      (
        "[analytics.beacon]\nRepeatFrequencyThreshold = 4.5",
        "f:2:28: analytics.beacon.RepeatFrequencyThreshold = 4.5 is out of range; valid: whole "
          + "numbers from 4 to 1000"
      ),
      ("role = 5", "f:1:8: role is a whole number; valid: a string"),
      ("analytics = 5", "f:1:13: analytics is a whole number; it must be a table"),
      (
        "[analytics.beacon]\nRepeatFrequencyThreshold = nan",
        "f:2:28: analytics.beacon.RepeatFrequencyThreshold = nan is out of range"
      ),
      (
        "[analytics.beacon]\nTimeWindow = 600",
        "f:2:1: unknown key analytics.beacon.TimeWindow; valid: PayloadLengthVariance"
      ),
      (
        "analytics.beacon.LogEvidenceThreshold = 5\nanalytics.AN0597.LogEvidenceThreshold = 6",
        "f:2:18: analytics.AN0597.LogEvidenceThreshold is set twice; first at f:1:41"
      ),
      (
        "[[inventory.services]]\nname = \"a\"\nunit = \"a.service\"\ndestinations = [\"10.0.0.0/33\"]",
        "f:4:17: \"10.0.0.0/33\" is no destination"
      ),
      (
        "[inventory]\nservices = [ { name = \"a\", pakage = \"b\" } ]",
        "f:2:28: unknown key inventory.services.pakage; did you mean package?"
      ),
      (
        "[[inventory.services]]\nname = \"a\"",
        "f:1:13: a service needs a package, a path or a unit"
      ),
      (
        "[analytics.AN1599]\nProcessName = [\"/usr/bin/a\", \"curl\"]",
        "f:2:30: analytics.AN1599.ProcessName: \"curl\" is only a name, and any program can take it; "
          + "write its whole path, or the package it is of as pkg:NAME"
      ),
      (
        "[analytics.AN1599]\nProcessName = [\"/opt/*\"]",
        "f:2:16: analytics.AN1599.ProcessName: \"/opt/*\" is a pattern"
      ),
      (
        "[analytics.AN1599]\nProcessName = \"/usr/bin/a\"",
        "f:2:15: analytics.AN1599.ProcessName is a string; valid: a list of whole paths, or pkg:NAME"
      ),
      (
        "[analytics.AN1599]\nProcessName = [7]",
        "f:2:16: an entry of analytics.AN1599.ProcessName is a whole number; it must be a string"
      ),
      (
        "[analytics.AN1599]\nDestinationDomain = [\"a b\"]",
        "f:2:22: analytics.AN1599.DestinationDomain: \"a b\" is no destination; valid: an address"
      ),
      (
        "[analytics.AN1599]\nDestinationDomain = [\"*:443\"]",
        "f:2:22: analytics.AN1599.DestinationDomain: \"*:443\" is every destination"
      ),
      (
        "[analytics.AN1599]\nParentProcess = [\"pkg:cron\"]",
        "f:2:17: analytics.AN1599.ParentProcess declares nothing alone: it narrows ProcessName or "
          + "DestinationDomain"
      ),
      (
        "[analytics.AN0144]\nUserProcessBaseline = [\"www-data /usr/bin/rsync\"]",
        "f:2:24: analytics.AN0144.UserProcessBaseline: \"www-data /usr/bin/rsync\" names no user"
      ),
      (
        "[analytics.AN1999]\nAllowedServices = [\"gopher:70\"]",
        "f:2:20: analytics.AN1999.AllowedServices: \"gopher:70\" is no protocol and port"
      ),
      (
        "[analytics.AN1599]\nProcessName = []\n[analytics.AN1600]\nProcessName = []",
        "f:4:1: analytics.AN1600.ProcessName is set twice; first at f:2:15"
      ),
      (
        "[[inventory.services]]\nname = \"a\"\npath = \"bin/a\"",
        "f:3:8: inventory.services.path is"
      ),
    ])
  func errors(text: String, beginning: String) throws {
    let first = try #require(try problems(text).first)
    #expect(first.hasPrefix(beginning), "\(first)")
    #expect(refusal(text)?.status == .configurationInvalid)
  }

  @Test("Text that is no TOML has its line and column")
  func syntax() throws {
    let failure = try #require(refusal("a = 1\n[analytics\n"))
    #expect(failure.status == .configurationInvalid)
    #expect(failure.message.hasPrefix("f:2:"))
  }

  @Test("All that is wrong is told, in the order of the file")
  func all() throws {
    let found = try problems("a = 1\nrole = 2\n[analytics]\nb = 3\n")
    #expect(found.map { $0.prefix(6) } == ["f:1:1:", "f:2:8:", "f:4:1:"])
    #expect(
      refusal("a = 1\nrole = 2\n")?.message.hasSuffix("(and 1 more: halfwire config check f)")
        == true)
  }

  @Test("What is in force says where it comes from, and is itself a configuration")
  func effective() throws {
    let read = try SensorConfiguration.parse(
      """
      role = "ci"
      [analytics.beacon]
      PayloadLengthVariance = 0.1
      [[inventory.services]]
      name = "a \\"b\\""
      unit = "a.service"
      destinations = ["10.0.0.0/8:443"]
      network_facing = true
      """, name: "etc/f")
    let text = read.effectiveText
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("role = \"ci\" ") && $0.hasSuffix("# etc/f:1:8") })
    #expect(
      lines.contains {
        $0.hasPrefix("analytics.AN0597.PayloadLengthVariance = 0.1 ")
          && $0.hasSuffix("# etc/f:3:25")
      })
    #expect(
      lines.contains {
        $0.hasPrefix("analytics.AN1599.TimeWindow = 600 ") && $0.hasSuffix("# default")
      })
    #expect(try SensorConfiguration.parse(text, name: "g").hash == read.hash)
  }

  @Test("Equal settings have one hash; the inventory and the role count")
  func hash() throws {
    let base = SensorConfiguration().hash
    #expect(try SensorConfiguration.parse("# nothing", name: "f").hash == base)
    #expect(try SensorConfiguration.parse("role = \"ci\"", name: "f").hash != base)
    let service = "[[inventory.services]]\nname = \"a\"\nunit = \"a.service\""
    #expect(try SensorConfiguration.parse(service, name: "f").hash != base)
  }

  @Test(
    "Distances are Damerau and Levenshtein's",
    arguments: [
      ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 1),
      ("lenght", "length", 1),
      ("flaw", "lawn", 2), ("ca", "abc", 3),
    ])
  func distance(left: String, right: String, expected: Int) {
    #expect(
      NearestName.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == expected)
  }

  @Test("Days agree with the calendar")
  func days() {
    // 2000-02-29 is day 11,016 (RFC 3339 and `date -u -d @951782400`).
    #expect(CalendarDay.unixSeconds(text: "2000-02-29") == 951_782_400)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21T04:40:00Z") == 1_763_700_000)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21 04:40:00.5") == 1_763_700_000)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21T06:40:00+02:00") == 1_763_700_000)
    #expect(CalendarDay.unixSeconds(text: "2025-11-20T23:10:00-05:30") == 1_763_700_000)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21T04:40") == nil)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21T04:40:00Zx") == nil)
    #expect(CalendarDay.unixSeconds(text: "2100-02-29") == nil)
    #expect(CalendarDay.unixSeconds(text: "2025-13-01") == nil)
    #expect(CalendarDay.unixSeconds(text: "2025-11-21T24:40:00Z") == nil)
    #expect(CalendarDay.text(unixSeconds: 1_763_700_000) == "2025-11-21T04:40:00Z")
  }
}
