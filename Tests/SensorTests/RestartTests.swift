// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Glibc
import Sensor
import Testing
import Trace
import Wire

@Suite("Replays over a state directory")
struct RestartTests {
  private let place = "/tmp/halfwire-restart-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

  init() throws {
    // SAFETY: here and below, paths live for the call.
    try #require(unsafe mkdir(place, 0o700) == 0)
  }

  /// A trace of a beacon at 4 h intervals, in a boot of its own.
  private func trace(_ name: String, boot: Int64, visits: Range<Int>) throws -> String {
    let path = place + "/" + name
    var header = Story.header
    header.bootID = name
    header.wallEpochNanoseconds += boot * 1_000_000_000
    var script = EventScript()
    let image = EventScript.image(4_121)
    script.start(image, "/opt/agent/agent", at: 1)
    for visit in visits { script.visit(image, at: Double(visit) * 14_400 + 600 - Double(boot)) }
    script.tick(at: Double(visits.upperBound - 1) * 14_400 + 900 - Double(boot))
    var writer = try TraceWriter(path: path, format: .jsonLines, header: header)
    for event in script.events { try writer.write(event) }
    try writer.finish()
    return path
  }

  private func replay(_ path: String, _ state: String?) throws -> Replay.Result {
    try Replay.run(
      path, configuration: SensorConfiguration(), isLenient: false,
      state: state.map { place + "/" + $0 })
  }

  private func visits(_ result: Replay.Result) -> Int? {
    guard case .beacon(let evidence)? = result.findings.first?.evidence else { return nil }
    return evidence.visits
  }

  @Test("Two boots are one host: one finding, under one id, with the visits of both")
  func restart() throws {
    let first = try replay(try trace("one", boot: 0, visits: 0..<10), "state")
    // Booted again 100 s after the last thing that was seen.
    let boot = Int64(9 * 14_400 + 1_000)
    let later = try trace("two", boot: boot, visits: 10..<12)
    let alone = try replay(later, nil)
    let second = try replay(later, "state")
    #expect(alone.findings.isEmpty)
    #expect(visits(first) == 10)
    #expect(visits(second) == 12)
    #expect(second.findings.map(\.id) == first.findings.map(\.id))
    #expect(second.findings.map(\.firstSeen) == first.findings.map(\.firstSeen))
    #expect(first.warnings.isEmpty && second.warnings.isEmpty)
  }

  @Test("A finding is found in the state directory that its run left")
  func keptFindings() throws {
    let first = try replay(try trace("one", boot: 0, visits: 0..<10), "state")
    let id = try #require(first.findings.first?.id)
    let found = try FindingSource.find(
      id, in: place + "/state", configuration: SensorConfiguration())
    #expect(found.finding.message == first.findings.first?.message)
    #expect(throws: SensorFailure.self) {
      _ = try FindingSource.find(
        "f-000000", in: place + "/state", configuration: SensorConfiguration())
    }
  }

  @Test("The same traces into two directories give the same")
  func deterministic() throws {
    let one = try trace("one", boot: 0, visits: 0..<6)
    let two = try trace("two", boot: 5 * 14_400 + 1_000, visits: 6..<12)
    let runs = try ["a", "b"].map { state in
      _ = try replay(one, state)
      return try replay(two, state).findings.map {
        String(decoding: FindingJSON.encode($0), as: UTF8.self)
      }
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0].count == 1)
    #expect(
      try StateTools.lines(place + "/a") == StateTools.lines(place + "/b"))
  }

  @Test("A directory that cannot be used is told with the documented code")
  func codes() throws {
    func status(_ body: () throws(SensorFailure) -> Void) -> Sensor.ExitStatus? {
      do throws(SensorFailure) {
        try body()
        return nil
      } catch { return error.status }
    }
    let nowhere = place + "/none"
    #expect(
      status { () throws(SensorFailure) in _ = try StateTools.table(nowhere) } == .inputOutput)
    let empty = place + "/empty"
    _ = unsafe mkdir(empty, 0o700)
    #expect(status { () throws(SensorFailure) in _ = try StateTools.table(empty) } == .fileMissing)
    let file = try trace("one", boot: 0, visits: 0..<2)
    // A trace without any baseline is no export.
    #expect(
      status { () throws(SensorFailure) in
        _ = try StateTools.import(file, into: empty, asRole: false)
      } == .malformedTrace)
    #expect(try !StateTools.reset(empty))
  }

  @Test("A role's export spares another host the learning")
  func role() throws {
    _ = try replay(try trace("one", boot: 0, visits: 0..<60), "state")
    let export = place + "/export.jsonl"
    #expect(try StateTools.export(place + "/state", to: export) > 0)
    let imported = try StateTools.import(export, into: place + "/other", asRole: true)
    #expect(imported.subjects == 1 && imported.destinations == 1)
    #expect(try StateTools.lines(place + "/other") == StateTools.lines(place + "/state"))
    #expect(try StateTools.table(place + "/other").contains("ready"))
  }
}
