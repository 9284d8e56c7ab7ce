// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Flows
import Foundation
import Testing
import Trace
import Wire

@Suite("The recorded sample, against what its own programs counted")
struct FirstLookTests {
  private let truth: FirstLookTruth

  init() throws {
    truth = try FirstLookTruth.read()
  }

  private func events(_ name: String) throws -> (header: StreamHeader, events: [Event]) {
    var reader = try TraceReader(path: FirstLookTruth.samples.appending(path: name).path())
    var events: [Event] = []
    while let event = try reader.next() { events.append(event) }
    #expect(reader.warnings.isEmpty)
    return (reader.header, events)
  }

  private func findings(_ name: String) throws -> [Finding] {
    let (header, events) = try events(name)
    var pipeline = DetectionPipeline(header: header)
    for event in events { pipeline.apply(event) }
    pipeline.finish()
    #expect(pipeline.flows.counters.unattributedBytes(.sent) == 0)
    #expect(pipeline.flows.counters.unattributedBytes(.received) == 0)
    #expect(pipeline.flows.counters.mismatchedSockets(.unexplained) == 0)
    return pipeline.findings().filter { $0.severity > .explained }
  }

  @Test("The beacon and the one-way sender are found, and nothing else")
  func found() throws {
    let findings = try findings("first-look.trace")
    #expect(findings.map(\.analytic.slug).sorted() == ["beacon", "one-way"])
    for (slug, actor) in [("beacon", truth.beacon), ("one-way", truth.oneWay)] {
      let finding = try #require(findings.first { $0.analytic.slug == slug })
      #expect(finding.process.pid == actor.pid)
      #expect(finding.process.startedAt.nanoseconds == actor.start)
      #expect(finding.process.path == actor.exe)
      #expect(finding.process.arguments == actor.argv)
      #expect("\(finding.destination.key.endpoint)" == actor.destination)
      #expect(finding.severity == .high)
    }
  }

  @Test("The findings' numbers are the programs' own")
  func numbers() throws {
    for finding in try findings("first-look.trace") {
      switch finding.evidence {
      case .beacon(let beacon):
        #expect(beacon.visits == truth.beacon.visits)
        #expect(beacon.sentBytes == truth.beacon.sentBytes)
        #expect(beacon.receivedBytes == truth.beacon.receivedBytes)
        let period = try #require(beacon.periodSeconds)
        // The estimate of a jittered clock from 49 visits: within 5 % of the mean interval.
        #expect(abs(period / truth.beacon.meanIntervalSeconds - 1) < 0.05)
      case .oneWay(let oneWay):
        #expect(oneWay.oneWaySockets == UInt64(truth.oneWay.visits))
        #expect(oneWay.sentBytes == truth.oneWay.sentBytes)
        #expect(oneWay.receivedBytes == truth.oneWay.receivedBytes)
      case .tlsEgress, .excessEgress, .nonconforming:
        Issue.record("nobody sent much, or what the port does not promise")
      }
    }
  }

  @Test("Both programs' bytes stand in the trace to the byte", arguments: [true, false])
  func bytes(isBeacon: Bool) throws {
    let actor = isBeacon ? truth.beacon : truth.oneWay
    var totals: [SocketKey: (sent: UInt64, received: UInt64)] = [:]
    for event in try events("first-look.trace").events {
      guard case .burst(let burst) = event, burst.image.pid == actor.pid,
        burst.image.start.nanoseconds == actor.start
      else { continue }
      let before = totals[burst.socket] ?? (0, 0)
      totals[burst.socket] = (
        max(before.sent, burst.sentBytes), max(before.received, burst.receivedBytes)
      )
    }
    #expect(totals.count == actor.visits)
    #expect(totals.values.reduce(0) { $0 + $1.sent } == actor.sentBytes)
    #expect(totals.values.reduce(0) { $0 + $1.received } == actor.receivedBytes)
  }

  @Test("The JSON Lines twin gives the same findings, byte for byte, and so does a second replay")
  func twin() throws {
    let first = try findings("first-look.trace").map { FindingJSON.encode($0) }
    #expect(try findings("first-look.trace").map { FindingJSON.encode($0) } == first)
    #expect(try findings("first-look.jsonl").map { FindingJSON.encode($0) } == first)
  }
}
