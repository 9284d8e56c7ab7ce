// SPDX-License-Identifier: Apache-2.0

/// Where the keys and values of a TOML text stand.
///
/// The parser's values do not say where they come from. This walks a text that the parser has
/// accepted, so it decides nothing about validity: it only follows keys, tables and strings.
struct TOMLPlaces {
  /// One step of a path.
  enum Step: Hashable, Sendable {
    case key(String)
    /// An element of an array, from 0.
    case index(Int)
  }

  typealias Path = [Step]

  /// A key's first mention.
  private(set) var keys: [Path: TextPlace] = [:]
  private(set) var values: [Path: TextPlace] = [:]
  /// The text of values that stand without quotes or brackets: numbers, truth values, dates.
  private(set) var bare: [Path: String] = [:]
  /// Some string holds U+0000, which the parser's C strings cannot carry.
  private(set) var hasNull = false

  private let text: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var column = 1
  private var table: Path = []
  /// Elements seen so far of each array of tables.
  private var tableCounts: [Path: Int] = [:]

  init(_ text: String) {
    self.text = Array(text.unicodeScalars)
    while true {
      skip(includingLines: true)
      guard let next = peek else { break }
      let before = position
      if next == "[" { header() } else { pair(in: table) }
      // A text the parser would have refused must not hold this one up.
      if position == before { advance() }
    }
  }

  private var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }
  private var place: TextPlace { TextPlace(line: line, column: column) }

  private mutating func advance() {
    guard position < text.count else { return }
    if text[position] == "\n" {
      line += 1
      column = 1
    } else {
      column += 1
    }
    position += 1
  }

  private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    advance()
    return true
  }

  private func begins(with word: String) -> Bool {
    text[position...].starts(with: word.unicodeScalars)
  }

  /// White space and comments.
  private mutating func skip(includingLines: Bool) {
    while let next = peek {
      if next == "#" {
        while let next = peek, next != "\n" { advance() }
      } else if next == " " || next == "\t" || next == "\r" || (includingLines && next == "\n") {
        advance()
      } else {
        return
      }
    }
  }

  /// `[a.b]` or `[[a.b]]`.
  private mutating func header() {
    advance()
    let isArray = accept("[")
    var path: Path = []
    let names = dottedKey()
    for (index, (name, place)) in names.enumerated() {
      path.append(.key(name))
      keys[path] = keys[path] ?? place
      if isArray, index == names.count - 1 {
        let count = tableCounts[path] ?? 0
        tableCounts[path] = count + 1
        path.append(.index(count))
        values[path] = place
      } else if let count = tableCounts[path] {
        path.append(.index(count - 1))
      }
    }
    table = path
    while let next = peek, next != "\n", next != "#" { advance() }
  }

  /// `a.b = value`.
  private mutating func pair(in table: Path) {
    var path = table
    for (name, place) in dottedKey() {
      path.append(.key(name))
      keys[path] = keys[path] ?? place
    }
    skip(includingLines: false)
    guard accept("=") else { return }
    skip(includingLines: false)
    value(at: path)
  }

  private mutating func dottedKey() -> [(name: String, place: TextPlace)] {
    var names: [(name: String, place: TextPlace)] = []
    repeat {
      skip(includingLines: false)
      let start = place
      let name: String
      if peek == "\"" || peek == "'" {
        name = string()
      } else {
        var bare = String.UnicodeScalarView()
        while let next = peek, !" \t\r\n.=]#,}".unicodeScalars.contains(next) {
          bare.append(next)
          advance()
        }
        name = String(bare)
      }
      names.append((name, start))
      skip(includingLines: false)
    } while accept(".")
    return names
  }

  private mutating func value(at path: Path) {
    values[path] = place
    switch peek {
    case "\"", "'": _ = string()
    case "[":
      advance()
      var index = 0
      while true {
        skip(includingLines: true)
        guard let next = peek, !accept("]") else { return }
        if next == "," {
          advance()
          continue
        }
        let before = position
        value(at: path + [.index(index)])
        index += 1
        if position == before { return advance() }
      }
    case "{":
      advance()
      while true {
        skip(includingLines: true)
        guard peek != nil, !accept("}") else { return }
        if accept(",") { continue }
        let before = position
        pair(in: path)
        if position == before { return advance() }
      }
    default:
      var text = String.UnicodeScalarView()
      while let next = peek, !",]}#\n".unicodeScalars.contains(next) {
        text.append(next)
        advance()
      }
      while let last = text.last, " \t\r".unicodeScalars.contains(last) { text.removeLast() }
      bare[path] = String(text)
    }
  }

  /// A string of any of the four kinds, its escapes resolved.
  private mutating func string() -> String {
    let quote: Unicode.Scalar = peek == "'" ? "'" : "\""
    let isLong = begins(with: String(repeating: Character(quote), count: 3))
    for _ in 0..<(isLong ? 3 : 1) { advance() }
    var content = String.UnicodeScalarView()
    while let next = peek {
      if next == quote {
        guard isLong else {
          advance()
          break
        }
        var run = 0
        while run < 5, peek == quote {
          run += 1
          advance()
        }
        // Up to two quotes may stand right before the closing three.
        for _ in 0..<(run < 3 ? run : run - 3) { content.append(quote) }
        if run >= 3 { break }
      } else if next == "\\", quote == "\"" {
        advance()
        if let scalar = escape() { content.append(scalar) }
      } else {
        content.append(next)
        advance()
      }
    }
    return String(content)
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let letter = peek else { return nil }
    advance()
    let digits: Int
    switch letter {
    case "b": return "\u{8}"
    case "t": return "\t"
    case "n": return "\n"
    case "f": return "\u{c}"
    case "r": return "\r"
    case "e": return "\u{1b}"
    case "\"", "\\": return letter
    case "x": digits = 2
    case "u": digits = 4
    case "U": digits = 8
    default: return nil  // a line that goes on
    }
    var number: UInt32 = 0
    for _ in 0..<digits {
      guard let next = peek, let digit = UInt32(String(Character(next)), radix: 16) else { break }
      number = number << 4 | digit
      advance()
    }
    if number == 0 { hasNull = true }
    return Unicode.Scalar(number)
  }
}

/// A line and a column of a text, both from 1; columns are characters as Unicode counts them.
struct TextPlace: Hashable, Comparable, Sendable {
  var line: Int
  var column: Int

  /// `file:line:column`, as every message begins.
  func text(in name: String) -> String { "\(name):\(line):\(column)" }

  static func < (left: TextPlace, right: TextPlace) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
