// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Findings

/// A baseline as a table for people.
enum BaselineTable {
  private static let heads = [
    "SUBJECT", "STARTED BY", "FIRST SEEN", "DAYS", "USERS", "INBOUND", "DEST", "PORTS", "SENT/5MIN",
    "SPEAKS",
  ]

  /// The lines, without a newline at the end.
  static func render(_ baseline: HostBaseline) -> String {
    let subjects = baseline.knownSubjects()
    var lines = [summary(baseline, subjects.count)]
    guard !subjects.isEmpty else { return lines[0] }
    let rows = [heads] + subjects.map(row)
    let widths = heads.indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    for row in rows {
      var line = ""
      for (column, cell) in row.enumerated() {
        line += column == 0 ? "" : "  "
        line += cell
        if column < row.count - 1 {
          line += String(repeating: " ", count: widths[column] - cell.count)
        }
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  private static func summary(_ baseline: HostBaseline, _ subjects: Int) -> String {
    guard let since = baseline.since else { return "nothing is known yet" }
    let state = baseline.isLearning ? "learning" : "ready"
    return "\(subjects) subjects, \(baseline.destinationCount) destinations; known since "
      + "\(date(since)), \(state)"
  }

  private static func row(_ subject: KnownSubject) -> [String] {
    let fields = subject.text.split(separator: "|", omittingEmptySubsequences: false)
    let path = fields.count == 7 ? String(fields[2]) : subject.text
    let script = fields.count == 7 && !fields[3].isEmpty ? " \(fields[3])" : ""
    let starter = fields.count == 7 ? String(fields[5].split(separator: "/").last ?? "") : ""
    let ports = subject.ports.map { String($0) }
    return [
      FindingTable.printable(
        (path.isEmpty ? String(fields.dropFirst().first ?? "") : path) + script),
      FindingTable.printable(starter), date(subject.habits.firstSeen),
      String(subject.habits.activeDays), subject.habits.users.words.joined(separator: ","),
      subject.habits.isNetworkFacing ? "yes" : "no", String(subject.destinations),
      ports.prefix(4).joined(separator: ",") + (ports.count > 4 ? ",+" : ""),
      subject.habits.sentP99Bytes.map(bytes) ?? "-",
      FindingTable.printable(subject.protocols.joined(separator: ",")),
    ]
  }

  /// The day in UTC, as RFC 3339 writes it.
  private static func date(_ unixSeconds: Int64) -> String {
    FindingTable.date(unixSeconds: unixSeconds)
  }

  /// Rounded to three digits, in powers of a thousand.
  private static func bytes(_ count: UInt64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = count
    var unit = 0
    while value >= 10_000, unit < units.count - 1 {
      value = (value + 500) / 1_000
      unit += 1
    }
    return "\(value) \(units[unit])"
  }
}
