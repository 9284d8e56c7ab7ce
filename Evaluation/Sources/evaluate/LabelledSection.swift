// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Flows
import Labelled
import Peers
import Statistics
import Wire

/// Real connections with labels, through the same pipeline, and the peers on the same rows.
struct LabelledSection {
  private struct Group {
    var rows: [LabelledConnection] = []
    var findings: [Finding] = []
    var peers: PeerFlags?
    var isMalicious: Bool { rows.contains { ["Malicious", "C2-synthetic"].contains($0.label) } }
  }

  private struct PeerFlags {
    var rita: Double
    var run: PeerRun
  }

  private static let expected = [
    ("test-cc-capture-1", "curl every 2 s"), ("test-cc-capture-2", "curl every 2 to 3.6 s"),
    ("test18-remcos", "Remcos, refused connects"),
    ("001-zeek-scenario-malicious", "NjRAT, unanswered SYNs"),
  ]
  /// Days of ordinary use; of these the rows labelled benign, or not at all.
  private static let benign = [
    "010-zeek-mixed", "012-zeek-mixed", "test2-android-binetflow",
  ]

  let rows: [LabelledConnection]

  /// Nil where the directory holds none of the files.
  init?(directory: String) {
    var rows: [LabelledConnection] = []
    for name in LabelledFile.names {
      guard let text = TextFile.read("\(directory)/\(name)"), let read = LabelledFile.read(text)
      else { continue }
      rows += read
    }
    guard !rows.isEmpty else { return nil }
    self.rows = rows
  }

  static var skipped: Section {
    var section = Section()
    section.paragraph("Skipped: the labelled data was not there when this was written.")
    section.targets.append(
      Target(
        quantity: "labelled data: curl loops, Remcos, NjRAT", goal: "all found",
        measured: "skipped: no data", peers: "-", outcome: .told))
    return section
  }

  private func groups(_ part: String) -> [Group] {
    let isBenign = Self.benign.contains(part)
    let rows = rows.filter {
      $0.part == part && (!isBenign || ["Benign", "Unlabelled"].contains($0.label))
    }
    var groups: [String: Group] = [:]
    for row in rows { groups[row.group, default: Group()].rows.append(row) }
    let stream = LabelledStream(part, rows)
    var pipeline = DetectionPipeline(header: stream.header)
    for event in stream.events { pipeline.apply(event) }
    pipeline.finish()
    for finding in pipeline.findings() {
      let endpoint = finding.destination.key.endpoint
      let owner = groups.keys.sorted().first { key in
        guard let row = groups[key]?.rows.first else { return false }
        return row.port == endpoint.port
          && IPAddress(text: row.destination) == endpoint.address
          && finding.subject.contains(row.source)
      }
      if let owner { groups[owner]?.findings.append(finding) }
    }
    let first = rows.map(\.time).min() ?? 0
    let last = rows.map(\.time).max() ?? 0
    for (key, group) in groups { groups[key]?.peers = peers(group.rows, first, last) }
    return groups.keys.sorted().compactMap { groups[$0] }
  }

  private func peers(_ rows: [LabelledConnection], _ first: Double, _ last: Double) -> PeerFlags {
    let sorted = rows.sorted { $0.time < $1.time }
    let times = sorted.map { $0.time - first }
    let span = max(last - first, 1)
    let rita = RITAScore.score(
      times: times, sizes: sorted.map(\.sentOnWire), window: max(0, span - 86_400)...span)
    let row = FlowRow(
      times: times, sent: sorted.map(\.sent), received: sorted.map(\.received), span: span)
    return PeerFlags(rita: rita, run: PeerRun(row))
  }

  func section() -> Section {
    var section = Section()
    malicious(&section)
    ordinary(&section)
    return section
  }

  private func malicious(_ section: inout Section) {
    var table = Table(
      "capture", "connections", "halfwire", "severity", "visits at the finding", "RITA", "Elastic",
      "flare", "Sentinel", "variation <= .2")
    var found = 0
    for (part, name) in Self.expected {
      let groups = groups(part).filter(\.isMalicious)
      guard let group = groups.max(by: { $0.rows.count < $1.rows.count }) else {
        table.add(name, "0", "-", "-", "-", "-", "-", "-", "-", "-")
        continue
      }
      let finding = group.findings.first { $0.analytic == .beacon } ?? group.findings.first
      if finding != nil { found += 1 }
      table.add(
        cells: [
          name, "\(group.rows.count)", finding?.analytic.slug ?? "**not found**",
          finding?.severity.rawValue ?? "-", finding.flatMap(visits) ?? "-",
          group.peers?.rita.text(2) ?? "-", group.peers.map { "\($0.run.elastic)" } ?? "-",
          yes(group.peers?.run.isFlareHit), yes(group.peers?.run.isSentinelHit),
          yes(group.peers?.run.isSteady),
        ])
    }
    section.add(table)
    section.targets.append(
      Target(
        quantity: "labelled data: the two curl loops, Remcos, NjRAT", goal: "4 of 4",
        measured: "\(found) of \(Self.expected.count) found", peers: "in its own table",
        outcome: found == Self.expected.count ? .met : .missed("\(4 - found)"),
        isCertainMiss: found < Self.expected.count))
  }

  private func visits(_ finding: Finding) -> String? {
    guard case .beacon(let evidence) = finding.evidence else { return nil }
    return "\(evidence.visitsAtFinding)"
  }

  private func yes(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "-" }

  private func ordinary(_ section: inout Section) {
    var counts = Table(
      "host-day", "connections", "pairs", "high", "medium", "low", "explained", "RITA >= .7",
      "RITA >= .9", "Elastic >= 2", "flare", "Sentinel", "variation <= .2")
    var lows = Table("host-day", "destination", "connections", "analytic", "severity", "why")
    var told = 0
    var alarming = 0
    var rita = 0
    for part in Self.benign {
      let groups = groups(part)
      let findings = groups.flatMap(\.findings)
      func number(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }
      func peer(_ isHit: (PeerFlags) -> Bool) -> Int {
        groups.compactMap(\.peers).count(where: isHit)
      }
      rita += peer { $0.rita >= 0.7 }
      told += number(.low)
      alarming += findings.count { $0.severity >= .medium }
      counts.add(
        cells: [
          part, "\(groups.reduce(0) { $0 + $1.rows.count })", "\(groups.count)",
          "\(number(.high))", "\(number(.medium))", "\(number(.low))", "\(number(.explained))",
          "\(peer { $0.rita >= 0.7 })", "\(peer { $0.rita >= 0.9 })",
          "\(peer { $0.run.elastic >= 2 })", "\(peer { $0.run.isFlareHit })",
          "\(peer { $0.run.isSentinelHit })", "\(peer { $0.run.isSteady })",
        ])
      for group in groups {
        for finding in group.findings where finding.severity >= .low {
          lows.add(
            part, "`\(finding.destination.key)`", "\(group.rows.count)", finding.analytic.slug,
            finding.severity.rawValue,
            (finding.severityReasons + [finding.message]).joined(separator: "; "))
        }
      }
    }
    section.add(counts)
    section.say("Each finding on these ordinary days, \(told) lows in all, and why:\n")
    section.add(lows)
    section.targets.append(
      Target(
        quantity: "labelled data: ordinary host-days (\(Self.benign.count))",
        goal: "no medium; lows counted", measured: "\(alarming) medium and above, \(told) lows",
        peers: "RITA >= .7: \(rita) pairs",
        outcome: alarming == 0 ? .met : .missed("\(alarming)"), isCertainMiss: alarming > 0))
  }
}
