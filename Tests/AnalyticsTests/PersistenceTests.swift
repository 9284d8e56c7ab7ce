// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing
import Wire

@Suite("How long and when tls-egress sees a program send")
struct PersistenceTests {
  private let process = EventScript.image(100)

  @Test(
    "A connection that goes on sending meets the steps of persistence that it outlasts",
    arguments: [
      (59, []), (61, ["1h"]), (239, ["1h"]), (241, ["1h", "4h"]), (479, ["1h", "4h"]),
      (481, ["1h", "4h", "8h"]), (721, ["1h", "4h", "8h", "12h"]),
    ] as [(Int, [String])])
  func persistence(minutes: Int, met: [String]) throws {
    var script = EventScript()
    // Before a pause of more than an hour.
    script.upload(process, at: 100, EgressTests.hello, chunks: [50_000])
    script.upload(
      process, at: 8_000, EgressTests.hello,
      chunks: [UInt64](repeating: 250_000, count: minutes + 1))
    let run = BehaviourRun(script)
    let tests = try #require(run.last(.tlsEgress)?.tests)
    let steps = tests.filter { $0.name.hasPrefix("persistence_") }
    #expect(
      steps.map(\.name) == ["1h", "4h", "8h", "12h"].map { "persistence_" + $0 })
    #expect(steps.map(\.threshold) == [1, 4, 8, 12].map { .number($0) })
    #expect(steps.filter { $0.outcome == .met }.map(\.name) == met.map { "persistence_" + $0 })
    // Five chunks lie within five minutes, four of them surely.
    let evidence = try #require(run.tlsEgress)
    #expect((1_000_000...1_250_000).contains(evidence.peakWindowBytes))
  }

  @Test("Short connections are no persistence, however long the client goes on with them")
  func shortConnections() throws {
    var script = EventScript()
    for index in 0..<160 {
      script.upload(
        process, at: 100 + 300 * Double(index), EgressTests.hello, chunks: [600_000, 600_000])
    }
    let run = BehaviourRun(script)
    let tests = try #require(run.last(.tlsEgress)?.tests)
    let steps = tests.filter { $0.name.hasPrefix("persistence_") }
    #expect(steps.map(\.outcome) == [.notMet, .notMet, .notMet, .notMet])
  }

  @Test("Long connections that send little are no finding: persistence alone is none")
  func persistenceAlone() {
    var script = EventScript()
    script.upload(
      process, at: 100, EgressTests.hello, chunks: [UInt64](repeating: 2_000, count: 800))
    #expect(BehaviourRun(script).signals(.tlsEgress).isEmpty)
  }

  @Test("Of the steps only the one that is set counts in the score, and so does a step of its own")
  func countedStep() throws {
    var script = EventScript()
    script.upload(
      process, at: 8_000, EgressTests.hello, chunks: [UInt64](repeating: 250_000, count: 300))
    func assess(_ hours: Double) throws -> Assessment {
      var settings = AnalyticSettings()
      settings.tlsEgress.persistenceHours = hours
      settings.excessEgress.outboundByteFloor = 1_000_000_000
      let run = BehaviourRun(script, settings: settings)
      return try #require(run.last(.tlsEgress))
    }
    // TLS seen and volume are met, how rare the program is is not known; five hours.
    #expect(try assess(4).score == 1)
    #expect(try assess(8).score == 2.0 / 3)
    let own = try assess(4.5)
    #expect(own.score == 1)
    #expect(own.tests.first { $0.name == "persistence_4.5h" }?.outcome == .met)
  }

  @Test("Outside of business hours adds to the score, inside takes nothing away, and off is off")
  func businessHours() throws {
    func assess(_ hour: Double, isOn: Bool) throws -> Assessment {
      var script = EventScript()
      script.upload(process, at: hour * 3_600, EgressTests.hello, chunks: [2_000_000])
      var settings = AnalyticSettings()
      settings.tlsEgress.timeWindow = isOn ? 1 : 0
      let run = BehaviourRun(script, settings: settings)
      return try #require(run.last(.tlsEgress))
    }
    // TLS and volume are met, an hour of persistence is not.
    #expect(try assess(3, isOn: false).score == 2.0 / 3)
    #expect(try assess(3, isOn: false).tests.allSatisfy { $0.name != "TimeWindow" })
    #expect(try assess(3, isOn: true).score == 3.0 / 4)
    #expect(try assess(12, isOn: true).score == 2.0 / 3)
    // From 8 to 18 h, the last one not included.
    for (hour, isMet) in [(7.9, true), (8, false), (17.9, false), (18, true)] {
      let test = try assess(hour, isOn: true).tests.first { $0.name == "TimeWindow" }
      #expect(test?.outcome == (isMet ? .met : .notMet))
    }
  }
}
