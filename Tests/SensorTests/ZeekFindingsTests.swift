// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Flows
import Testing
import Wire

@testable import Sensor

@Suite("Findings of Zeek's logs")
struct ZeekFindingsTests {
  /// A beacon every 60 s from one host, and a memoryless neighbour, in Zeek's order: by their end.
  private struct Row {
    var start: Double
    var from: String
    var to: String
    var duration: Double
    var index: Int

    var milliseconds: String {
      let whole = Int(start)
      let fraction = Int(((start - Double(whole)) * 1_000).rounded())
      let digits = String(fraction)
      return "\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
  }

  private static let rows: [Row] = {
    var rows: [Row] = []
    for index in 0..<40 {
      rows.append(
        Row(
          start: 1_763_700_000 + 60 * Double(index), from: "192.0.2.10", to: "203.0.113.9",
          duration: 0.25, index: index))
    }
    // A long one that began first stands last.
    rows.append(
      Row(
        start: 1_763_699_990, from: "192.0.2.11", to: "198.51.100.2", duration: 5_000, index: 40))
    return rows
  }()

  private static var table: String {
    let heads = """
      #separator \\x09
      #unset_field\t-
      #path\tconn
      #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\torig_bytes\tresp_bytes\tconn_state

      """
    return heads
      + rows.map { row in
        [
          row.milliseconds, "C\(row.index)", row.from, "\(40_000 + row.index)", row.to, "443",
          "tcp", "\(row.duration)", "517", "4096", "SF",
        ].joined(separator: "\t") + "\n"
      }.joined() + "#close\t2025-11-21-06-00-00\n"
  }

  private static var objects: String {
    rows.map { row in
      #"{"_path":"conn","ts":\#(row.milliseconds),"uid":"C\#(row.index)","id.orig_h":"\#(row.from)","#
        + #""id.orig_p":\#(40_000 + row.index),"id.resp_h":"\#(row.to)","id.resp_p":443,"#
        + #""proto":"tcp","duration":\#(row.duration),"orig_bytes":517,"resp_bytes":4096,"#
        + #""conn_state":"SF"}"# + "\n"
    }.joined()
  }

  private func replay(_ text: String, _ name: String) throws -> Replay.Result {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let file = try directory.write(text, to: name)
    return try Replay.run(file, configuration: SensorConfiguration(), isLenient: false)
  }

  @Test("Both forms give the same findings, whatever the file is called")
  func equal() throws {
    let table = try replay(Self.table, "conn.json")
    let objects = try replay(Self.objects, "conn.log")
    #expect(!table.findings.isEmpty)
    #expect(
      table.findings.map { FindingJSON.encode($0) }
        == objects.findings.map { FindingJSON.encode($0) })
    #expect(table.warnings == [])
  }

  @Test("The beacon is found; the originator stands in for a process, and it is at most low")
  func beacon() throws {
    let findings = try replay(Self.table, "conn.log").findings
    let finding = try #require(findings.first { $0.analytic == .beacon })
    #expect(finding.process.standIn == "192.0.2.10" && finding.process.label == "192.0.2.10")
    #expect("\(finding.destination.key.endpoint)" == "203.0.113.9:443")
    guard case .beacon(let evidence) = finding.evidence else { return }
    let period = try #require(evidence.periodSeconds)
    #expect(abs(period - 60) < 0.5)
    #expect(finding.firstSeen.hasPrefix("2025-11-21T04:40:00"))
    #expect(findings.allSatisfy { $0.severity <= .low })
    let text = Explanation.text(of: try #require(FlatFinding(finding)), source: "conn.log")
    #expect(text.contains("No process is known."))
  }

  @Test("A rule for the originator's address holds there")
  func suppressed() throws {
    let findings = try replay(Self.table, "conn.log").findings
    let flat = try #require(findings.first.flatMap { FlatFinding($0) })
    var request = SuppressionRequest()
    request.owner = "net-ops"
    request.reason = "known"
    let rule = try request.rule(for: flat, now: 0)
    #expect(rule.program == SuppressedProgram(origin: "address:192.0.2.10", path: ""))
    #expect(rule.starter == .unknown && rule.sha256 == nil)
    let candidate = try #require(flat.candidate)
    #expect(rule.mismatches(candidate, at: 0).isEmpty)
  }
}
