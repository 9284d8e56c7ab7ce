// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Wire

/// Findings as a table for a terminal: one line each, worst first, and a line that sums up.
public enum FindingTable {
  /// How the table is written.
  public struct Style: Hashable, Sendable {
    /// Columns of the terminal; nil leaves lines as long as they are.
    public var width: Int?
    /// Colour the severity with ANSI sequences; the word stands there anyway.
    public var usesColor = false
    /// List explained findings as well.
    public var showsExplained = false

    public init(width: Int? = nil, usesColor: Bool = false, showsExplained: Bool = false) {
      self.width = width
      self.usesColor = usesColor
      self.showsExplained = showsExplained
    }
  }

  /// The whole table with its last line, each line ended by a newline.
  public static func render(_ findings: [Finding], style: Style = Style()) -> String {
    let shown = findings.filter { style.showsExplained || $0.severity != .explained }
    var text = ""
    if !shown.isEmpty {
      let rows = shown.map(Row.init)
      let widths = Row.widths(rows)
      if let width = style.width, width < Row.columns(widths) + Row.narrowestEvidence {
        for (row, finding) in zip(rows, shown) {
          text += row.block(width, style, severity: finding.severity)
        }
      } else {
        text += Row.header.line(widths, style, severity: nil) + "\n"
        for (row, finding) in zip(rows, shown) {
          text += row.line(widths, style, severity: finding.severity) + "\n"
        }
      }
    }
    return text + summary(findings, style) + "\n"
  }

  private static func summary(_ findings: [Finding], _ style: Style) -> String {
    let counted = findings.filter { $0.severity != .explained }
    let parts = Severity.allCases.reversed().compactMap { severity in
      let count = counted.count { $0.severity == severity }
      return count == 0 ? nil : "\(count) \(severity.rawValue)"
    }
    var text =
      switch counted.count {
      case 0: "no findings"
      case 1: "1 finding (\(parts.joined(separator: ", ")))"
      default: "\(counted.count) findings (\(parts.joined(separator: ", ")))"
      }
    let hidden = findings.filter { $0.severity == .explained }
    guard !hidden.isEmpty else { return text }
    let explained = hidden.filter { $0.suppressedBy == nil }
    if !explained.isEmpty {
      let looked = explained.allSatisfy { $0.analytic == .beacon } ? "periodic" : "remarkable"
      text += explained.count == 1 ? "; 1 pair" : "; \(explained.count) pairs"
      text += " looked \(looked) and "
      text += (explained.count == 1 ? "was" : "were") + " explained by context"
    }
    let suppressed = hidden.count - explained.count
    if suppressed > 0 { text += "; \(suppressed) held back by suppressions" }
    return text + (style.showsExplained ? "" : ": --all shows them")
  }

  /// The day in UTC, as RFC 3339 writes it.
  public static func date(unixSeconds: Int64) -> String {
    let (nanoseconds, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? "-" : String(WallClock.text(unixNanoseconds: nanoseconds).prefix(10))
  }

  /// A process chooses its own name: what a terminal would obey is taken out.
  public static func printable(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar in
        let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        // Bidirectional overrides turn names around.
        let isTurning =
          (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        return isControl || isTurning ? "?" : Character(scalar)
      })
  }

  private struct Row {
    let cells: [String]
    let evidence: String

    static let header = Row(
      cells: ["SEV", "ANALYTIC", "PROCESS", "DESTINATION", "SCORE"], evidence: "EVIDENCE")
    /// Less of the evidence says nothing: then a finding gets lines of its own.
    static let narrowestEvidence = 24
    private static let narrowest = [6, 15, 14, 17, 5]
    private static let gaps = [2, 4, 3, 5, 2]
    private static let scoreColumn = 4
    private static let ansi: [Severity: String] = [.high: "31;1", .medium: "33", .low: "36"]

    init(cells: [String], evidence: String) {
      self.cells = cells
      self.evidence = evidence
    }

    init(_ finding: Finding) {
      let slug = finding.analytic.slug
      let padding = String(repeating: " ", count: max(2, 9 - slug.count))
      cells = [
        finding.severity.rawValue, slug + padding + finding.analytic.identifier,
        FindingTable.printable(finding.process.label), finding.destination.label,
        NumberText.fixed(finding.score, places: 2),
      ]
      evidence =
        EvidenceText.text(finding.evidence) + (finding.lossText.map { "; \($0)" } ?? "")
    }

    static func widths(_ rows: [Row]) -> [Int] {
      narrowest.indices.map { column in
        rows.reduce(narrowest[column]) { max($0, $1.cells[column].count) }
      }
    }

    /// Before the evidence.
    static func columns(_ widths: [Int]) -> Int { widths.reduce(0, +) + gaps.reduce(0, +) }

    /// For a narrow terminal: what would be cut off, below each other and whole.
    func block(_ width: Int, _ style: Style, severity: Severity) -> String {
      var page = ExplanationText(width: width)
      page.paragraph("\(cells[0]) \(cells[1]), score \(cells[Self.scoreColumn])", first: "")
      page.paragraph("\(cells[2]) to \(cells[3])")
      page.paragraph(evidence)
      return colored(page.text, style, severity)
    }

    func line(_ widths: [Int], _ style: Style, severity: Severity?) -> String {
      var text = ""
      for column in cells.indices {
        let cell = cells[column]
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += column == Self.scoreColumn ? padding + cell : cell + padding
        text += String(repeating: " ", count: Self.gaps[column])
      }
      text += evidence
      if let width = style.width, text.count > width {
        text = String(text.prefix(max(width - 3, 0))) + "..."
      }
      return severity.map { colored(text, style, $0) } ?? text
    }

    /// Colours the severity, which a text begins with.
    private func colored(_ text: String, _ style: Style, _ severity: Severity) -> String {
      guard style.usesColor, let code = Self.ansi[severity] else { return text }
      let word = cells[0].count
      return "\u{1b}[\(code)m" + text.prefix(word) + "\u{1b}[0m" + text.dropFirst(word)
    }
  }
}
