// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing
import Wire

@testable import Findings
@testable import Sensor

@Suite("Explanations")
struct ExplanationTests {
  private func text(_ script: EventScript, width: Int = 80) throws -> String {
    let finding = try #require(FlatFinding(try Story.finding(script)))
    return Explanation.text(of: finding, source: "a file.trace", width: width)
  }

  private func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test("Every test of the finding is there with its value, threshold and outcome")
  func tests() throws {
    let finding = try Story.finding(Story.beacon("/tmp/agent"))
    let text = try text(Story.beacon("/tmp/agent"))
    #expect(!finding.tests.isEmpty)
    for test in finding.tests {
      #expect(text.contains(" \(test.name): "), "\(test.name)")
    }
    let flattened = text.replacing(/\s+/, with: " ")
    #expect(
      flattened.contains("met RepeatFrequencyThreshold: 12, measured against 4 Were there enough"))
    #expect(flattened.contains("met provenance: P3, measured against P2"))
    for test in finding.tests {
      let question = ExplanationWords.question(of: test.name, in: finding.analytic.slug)
      #expect(question != nil, "\(test.name) has no plain words")
    }
  }

  @Test("The command that would suppress it is whole: what the finding does not know is asked for")
  func suppressing() throws {
    let cases: [(EventScript, String)] = [
      (Story.beacon(), "--state DIR --initiator none\n"),
      (Story.beacon(digest: nil), "--state DIR --sha256 DIGEST --initiator none\n"),
      (Story.beacon("/usr/bin/a", package: "a", starter: "/usr/sbin/cron"), "--state DIR\n"),
      (
        Story.beacon("/usr/bin/a", package: "a", digest: nil),
        "--state DIR --every-version --initiator none\n"
      ),
      (
        Story.beacon("/usr/bin/python3", arguments: ["python3", "/opt/a.py"], package: "python3"),
        "--state DIR --script-sha256 DIGEST --initiator none\n"
      ),
    ]
    for (script, end) in cases {
      let line = try #require(
        lines(try text(script)).first { $0.hasPrefix("  halfwire allow add ") })
      #expect("\(line)\n".hasSuffix(end), "\(line)")
    }
    #expect(!(try text(Story.beacon("/tmp/agent")).contains("allow add")))
    let finding = try #require(FlatFinding(try Story.finding(Story.beacon())))
    let configured = Explanation.text(of: finding, source: "f.json", configuration: "a b.toml")
    #expect(configured.contains(" --from f.json --config 'a b.toml' --owner YOU "))
  }

  @Test("What no process is known of is at most low, but for a neighbour that probes")
  func noProcess() throws {
    let known = try Story.finding(Story.beacon())
    let text = String(decoding: FindingJSON.encode(known), as: UTF8.self)
      .replacing("\"pid\":4121", with: "\"pid\":null")
    for (outcome, level) in [("met", "medium"), ("not_met", "low")] {
      let test =
        "\"tests\":[{\"name\":\"from_private_address\",\"value\":true,\"threshold\":true,"
        + "\"outcome\":\"\(outcome)\"},"
      let line = text.replacing("\"tests\":[", with: test)
      let finding = try #require(FlatFinding(line: Array(line.utf8)))
      let flattened = Explanation.text(of: finding, source: "f").replacing(/\s+/, with: " ")
      #expect(flattened.contains("stands in for it, so severity is at most \(level)."))
    }
  }

  @Test("The severity's reasons are there, and what would clear them")
  func severity() throws {
    let finding = try Story.finding(Story.beacon("/tmp/agent"))
    let flattened = try text(Story.beacon("/tmp/agent")).replacing(/\s+/, with: " ")
    #expect(flattened.contains("SEVERITY: \(finding.severity.rawValue), because"))
    for reason in finding.severityReasons {
      #expect(flattened.contains("- \(reason)"), "\(reason)")
    }
    #expect(
      flattened.contains("What would clear it: - code from a temporary place stays at medium"))
  }

  @Test("Process, lineage, destination and the honest sentence are there")
  func parts() throws {
    var script = EventScript()
    let parent = EventScript.image(7)
    let image = EventScript.image(4_121)
    script.start(parent, "/usr/sbin/cron")
    script.start(image, "/opt/agent/agent", arguments: ["agent", "--token=abc"], parent: parent)
    for index in 0..<12 { script.visit(image, at: 100 + 60 * Double(index)) }
    let text = try text(script)
    for part in [
      "/usr/sbin/cron [7]", "`- /opt/agent/agent [4121]", "203.0.113.9 port 443",
      "WHAT THIS DOES NOT PROVE", "It proves a clock, not an intent.", "Escalate if:",
      "sha256sum /opt/agent/agent", "--from 'a file.trace'",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    // Arguments are redacted in findings, and stay so.
    #expect(!text.contains("abc"))
  }

  @Test("No line but a command is wider than the terminal", arguments: [40, 80, 100])
  func width(width: Int) throws {
    let text = try text(Story.beacon("/tmp/" + String(repeating: "long", count: 60)), width: width)
    for line in lines(text).prefix(while: { $0 != "NEXT" }) {
      #expect(line.count <= width, "\(line)")
    }
  }

  @Test("The drawing has every visit, and every pause in its bar")
  func drawing() throws {
    // 60 s six times, then 62 s twice.
    let times: [Int64] = [0, 60, 120, 180, 240, 300, 360, 422, 484].map { $0 * 1_000 }
    let drawing = try #require(ExplanationDrawing(milliseconds: times, width: 80))
    let timeline = try #require(drawing.timeline.first)
    #expect(timeline.count <= 80)
    #expect(timeline.count { $0 == "*" } == 9)
    let counts = drawing.histogram.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
    #expect(counts.reduce(0, +) == 8)
    #expect(counts.first == 6 && counts.last == 2)
    #expect(drawing.histogram.first?.contains("60.0 to ") == true)
  }

  @Test("Moments without a clock to draw give no drawing", arguments: [[], [5], [5, 5]])
  func noDrawing(times: [Int64]) {
    #expect(ExplanationDrawing(milliseconds: times, width: 80) == nil)
  }

  @Test("A name that a process chose cannot steer the terminal")
  func printable() throws {
    let text = try text(Story.beacon("/opt/a\u{1b}[31m\u{202e}b"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    #expect(!text.unicodeScalars.contains("\u{202e}"))
  }

  @Test("Every analytic has its page, with every parameter and its value")
  func analytics() throws {
    for analytic in Analytic.allCases {
      #expect(ExplanationPage.of(analytic) != nil, "\(analytic)")
      let text = Explanation.text(
        of: analytic, parameters: SensorConfiguration().parameters(of: analytic))
      for tunable in AnalyticSettings.tunables where tunable.analytic == analytic {
        #expect(text.contains("\n  \(tunable.name) = "), "\(tunable.name)")
      }
      for line in lines(text) { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test("A findings file gives the last word on each finding, a trace the same text")
  func sources() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    var finding = try Story.finding(Story.beacon())
    finding.status = .create
    let first = String(decoding: FindingJSON.encode(finding), as: UTF8.self)
    finding.status = .close
    let last = String(decoding: FindingJSON.encode(finding), as: UTF8.self)
    let file = try directory.write("\(first)\n\n\(last)\n", to: "findings.jsonl")
    let found = try FindingSource.find(
      finding.id, in: file, configuration: SensorConfiguration())
    #expect(found.finding.value["status"].text == "close")
    #expect(found.finding.lastSeen == Story.epochSeconds + 760)
    do throws(SensorFailure) {
      _ = try FindingSource.find("f-000000", in: file, configuration: SensorConfiguration())
      Issue.record("found what is not there")
    } catch {
      #expect(error.status == .usage && error.message.contains(finding.id))
    }
    let broken = try directory.write("\(first)\n{\"a\":1}\n", to: "broken.jsonl")
    do throws(SensorFailure) {
      _ = try FindingSource.load(broken, configuration: SensorConfiguration())
      Issue.record("took what is no finding")
    } catch {
      #expect(error.status == .malformedTrace && error.message.contains("line 2"))
    }
  }
}
