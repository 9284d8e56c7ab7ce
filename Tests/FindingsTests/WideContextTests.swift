// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Findings
import Flows
import Testing
import Wire

/// What surrounds a finding on a network: its addresses taken together.
@Suite("What is known of several addresses at once")
struct WideContextTests {
  private let day = EventScript.day
  private let program = EventScript.image(300, start: 5)
  private static let network = Destination.network(
    IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)

  private func address(_ index: Int) -> Endpoint {
    EventScript.endpoint("203.0.113.\(10 + index % 8):443")
  }

  /// Root's own program, on a host that is known for days; it rotates over eight addresses.
  private func story(visitsBefore days: ClosedRange<Int>?, beatsFor rounds: Int = 40) -> EventScript
  {
    var script = EventScript.host(knownFor: 14)
    script.start(program, "/usr/local/bin/kupd")
    for index in days.map(Array.init) ?? [] {
      script.visit(program, at: (Double(index) + 0.4) * day, to: address(index))
    }
    for index in 0..<rounds {
      script.visit(program, at: 9.5 * day + 60 * Double(index), to: address(index))
    }
    return script.inOrder
  }

  private func finding(_ run: PipelineRun) throws -> Finding {
    try #require(run.findings.first { $0.destination.key == Self.network })
  }

  @Test("New addresses of one network raise like one new address")
  func new() throws {
    let finding = try finding(PipelineRun(story(visitsBefore: nil)))
    #expect(finding.outcome("R1_destination_new") == .met)
    #expect(finding.outcome("L1_familiar_days") == .notMet)
    #expect(finding.outcome("L2_destination_common") == .notMet)
    // Root's own code, a new destination, a program that was never active before.
    #expect(finding.factors == ["R1", "R2"])
    #expect(finding.severity == .medium)
  }

  @Test("Where one address is known the network is, and its days are those of all of them")
  func known() throws {
    let finding = try finding(PipelineRun(story(visitsBefore: 0...7)))
    #expect(finding.outcome("R1_destination_new") == .notMet)
    // Eight days with another address each, and the day of the finding.
    #expect(finding.test("L1_familiar_days")?.value == .count(9))
    #expect(finding.outcome("L1_familiar_days") == .met)
    #expect(finding.severity == .explained)
  }

  @Test("An open finding keeps all its addresses from becoming familiar")
  func taint() throws {
    // An hour's pause would close it: a visit a minute for two and a half days.
    let run = PipelineRun(story(visitsBefore: nil, beatsFor: 3_600))
    let found = try finding(run)
    #expect(found.severity == .medium)
    let wide = run.pipeline.behaviours.savedPairs().first { $0.pair.destination == Self.network }
    let subject = try #require(wide).pair.subject
    for index in 0..<8 {
      let pair = Pair(subject: subject, destination: Destination(address(index), seenIn: 0))
      #expect(run.pipeline.baseline.habits(of: pair)?.familiarDays == 0)
    }
  }
}
