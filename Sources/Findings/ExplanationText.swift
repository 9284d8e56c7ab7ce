// SPDX-License-Identifier: Apache-2.0

/// Lines of an explanation, none wider than the terminal.
struct ExplanationText {
  /// Narrower than this nothing is readable.
  static let narrowest = 40

  private(set) var lines: [String] = []
  let width: Int

  init(width: Int) {
    self.width = max(width, Self.narrowest)
  }

  mutating func heading(_ text: String) {
    if !lines.isEmpty { lines.append("") }
    lines.append(text)
  }

  /// A paragraph: `first` before its first line, `rest` before the others.
  mutating func paragraph(_ text: String, first: String = "  ", rest: String? = nil) {
    let rest = rest ?? String(repeating: " ", count: first.count)
    var line = first
    var isEmpty = true
    for word in FindingTable.printable(text).split(separator: " ") {
      for piece in pieces(word, room: width - max(first.count, rest.count)) {
        if !isEmpty, line.count + 1 + piece.count > width {
          lines.append(line)
          line = rest
          isEmpty = true
        }
        line += (isEmpty ? "" : " ") + piece
        isEmpty = false
      }
    }
    if !isEmpty { lines.append(line) }
  }

  mutating func item(_ text: String) { paragraph(text, first: "  - ") }

  /// `name  value`, the value starting in one column.
  mutating func row(_ name: String, _ value: String?, column: Int = 14) {
    guard let value, !value.isEmpty else { return }
    let padding = String(repeating: " ", count: max(1, column - name.count))
    paragraph(
      value, first: "  \(name)\(padding)", rest: String(repeating: " ", count: column + 2))
  }

  /// A line of a drawing or a command: it is not wrapped, so it must be short or whole.
  mutating func literal(_ text: String) { lines.append(FindingTable.printable(text)) }

  /// Words that no line can hold are cut.
  private func pieces(_ word: Substring, room: Int) -> [Substring] {
    guard word.count > room else { return [word] }
    var pieces: [Substring] = []
    var rest = word
    while rest.count > room {
      pieces.append(rest.prefix(room))
      rest = rest.dropFirst(room)
    }
    return pieces + (rest.isEmpty ? [] : [rest])
  }

  var text: String { lines.joined(separator: "\n") + "\n" }
}
