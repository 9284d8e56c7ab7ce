// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

/// What networks, names and all remotes add up, and what connections said, over a restart.
@Suite("A restart between any two connections changes no number")
struct WideRestartTests {
  enum Story: CaseIterable {
    case excessOnNetwork, excessOnName, tlsOnSubject, tlsLong, beaconOnNetwork, beaconOnName
    case contradiction

    /// The analytic and the key of the finding that it comes to.
    var expected: (analytic: Analytic, key: String) {
      switch self {
      case .excessOnNetwork: (.excessEgress, "203.0.113.0/24:80")
      case .excessOnName: (.excessEgress, "drop.example:80")
      case .tlsOnSubject: (.tlsEgress, "all external")
      case .tlsLong: (.tlsEgress, "203.0.113.9:443")
      case .beaconOnNetwork: (.beacon, "203.0.113.0/24:80")
      case .beaconOnName: (.beacon, "drop.example:80")
      case .contradiction: (.nonconforming, "203.0.113.10:443")
      }
    }
  }

  private static let hello: [UInt8] = [22, 3, 1, 2, 0]
  private static let program = EventScript.image(300, start: 1)

  private static func address(_ index: Int, spread: Bool, port: Int) -> Endpoint {
    let network = spread ? ["203.0.113", "198.51.100", "192.0.2"][index % 3] : "203.0.113"
    return EventScript.endpoint("\(network).\(10 + index % 8):\(port)")
  }

  private static func processes(at seconds: Double) -> [Event] {
    var script = EventScript()
    let system = EventScript.image(1, start: 0.5)
    script.start(system, "/usr/lib/systemd/systemd", at: seconds)
    script.start(program, "/tmp/up", parent: system, at: seconds)
    return script.events
  }

  private static func traffic(_ story: Story) -> [Event] {
    var script = EventScript()
    for index in 0..<96 {
      let jitter = [0.0, 2, -1, 1, -2][index % 5]
      let time = 100 + 60 * Double(index) + jitter
      let drop = Array("PUT / HTTP/1.1\r\nHost: drop.example\r\n\r\n".utf8)
      let put = Array("PUT / HTTP/1.1\r\n\r\n".utf8)
      switch story {
      case .excessOnNetwork:
        script.upload(
          program, at: time, put, to: address(index, spread: false, port: 80),
          chunks: [110_000 + UInt64(index)], received: 3_000)
      case .excessOnName:
        script.upload(
          program, at: time, drop, to: address(index, spread: true, port: 80),
          chunks: [110_000 + UInt64(index)], received: 3_000)
      case .tlsOnSubject:
        script.upload(
          program, at: time, hello, to: address(index, spread: true, port: 443),
          chunks: [280_000 + UInt64(index)], received: 90_000)
      case .tlsLong:
        script.upload(program, at: time, hello, chunks: [1_100_000], received: 400_000)
      case .beaconOnNetwork:
        script.upload(
          program, at: time, put, to: address(index, spread: false, port: 80),
          chunks: [600 + UInt64(index % 3)], received: 900)
      case .beaconOnName:
        script.upload(
          program, at: time, drop, to: address(index, spread: true, port: 80),
          chunks: [600 + UInt64(index % 3)], received: 900)
      case .contradiction:
        script.upload(
          program, at: time, Array("id; uname -a; cat /etc/passwd # a\n".utf8),
          to: address(index, spread: false, port: 443), chunks: [600], received: 900)
      }
    }
    return script.events
  }

  /// Ten places between two connections, so that every address is met again after the last one: a
  /// finding whose pair does not return is not shown by the next run.
  private static func cuts(_ events: [Event]) -> [Int] {
    (1...10).compactMap { place in
      events.indices.first { $0 >= place * events.count / 15 && events[$0].kind == .connect }
    }
  }

  /// What a finding says, beside whether it is told for the first time.
  private func content(_ finding: Finding) -> String {
    let json = finding.json
    let evidence = json.firstRange(of: "\"evidence\":").map { json[$0.lowerBound...] } ?? ""
    return [
      finding.id, finding.analytic.slug, "\(finding.destination.key)", "\(finding.severity)",
      "\(finding.severityReasons)", "\(finding.score)", String(evidence),
    ].joined(separator: "\n")
  }

  @Test("Ten places, the same boot", arguments: Story.allCases)
  func sameBoot(story: Story) throws {
    let traffic = Self.traffic(story)
    let end = EventScript.instant((traffic.last?.time.seconds ?? 0) + 1)
    let whole = StateRun(Self.processes(at: 1) + traffic + [.tick(end)])
    let expected = whole.findings.map(content)
    let found = whole.findings.first { $0.analytic == story.expected.analytic }
    #expect("\(try #require(found).destination.key)" == story.expected.key)
    let cuts = Self.cuts(traffic)
    #expect(Set(cuts).count == 10)
    for cut in cuts {
      // It stops a moment after a connection is over, and is back a second later.
      let stop = traffic[cut - 1].time.seconds + 0.2
      let first = StateRun(
        Self.processes(at: 1) + traffic[..<cut] + [.tick(EventScript.instant(stop))])
      let second = StateRun(
        Self.processes(at: stop + 1) + traffic[cut...] + [.tick(end)], keeping: first.rows)
      #expect(second.pipeline.unreadableRows == 0)
      let found = second.findings.map(content)
      #expect(found.count == expected.count, "after \(cut) events")
      for (one, other) in zip(found, expected) {
        let same = zip(one, other).prefix { $0 == $1 }.count
        #expect(one == other, "after \(cut) events they part at \(one.dropFirst(same).prefix(60))")
      }
      let ids = Set((first.changes + second.changes).map(\.id))
      #expect(ids == Set(whole.changes.map(\.id)), "after \(cut) events")
    }
  }
}
