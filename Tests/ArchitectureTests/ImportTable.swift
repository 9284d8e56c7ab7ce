// SPDX-License-Identifier: Apache-2.0

/// The table of docs/architecture.md: `| module | may import |`.
struct ImportTable {
  /// What each module may import.
  private(set) var rows: [String: Set<String>] = [:]

  /// Reads the table out of a Markdown text; what stands around it is ignored.
  init(markdown: String) {
    var isInside = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      let cells = Self.cells(of: line)
      if cells.prefix(2) == ["module", "may import"] {
        isInside = true
        continue
      }
      guard isInside, cells.count >= 2 else {
        isInside = false
        continue
      }
      // The line of dashes under the heads.
      guard !cells[0].allSatisfy({ "-:".contains($0) }) else { continue }
      for module in Self.names(in: cells[0]) {
        rows[module, default: []].formUnion(Self.names(in: cells[1]))
      }
    }
  }

  private static func cells(of line: Substring) -> [String] {
    let trimmed = trim(line)
    guard trimmed.hasPrefix("|"), trimmed.hasSuffix("|"), trimmed.count > 1 else { return [] }
    return trimmed.dropFirst().dropLast()
      .split(separator: "|", omittingEmptySubsequences: false)
      .map { String(trim($0)) }
  }

  /// The names between backticks; in a cell without any, the words between commas.
  private static func names(in cell: String) -> [String] {
    let parts = cell.split(separator: "`", omittingEmptySubsequences: false)
    if parts.count > 1 {
      return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
    return cell.split(separator: ",").map { String(trim($0)) }.filter(isModuleName)
  }

  private static func isModuleName(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
