// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One Swift file of the repository, as text.
struct SourceFile {
  /// The folder under Sources/.
  let module: String
  /// From the repository's root.
  let path: String
  let text: String

  /// Every Swift file under Sources/.
  static func all() throws -> [SourceFile] {
    let sources = root.appending(path: "Sources")
    let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      SourceFile(
        module: String(name.prefix { $0 != "/" }), path: "Sources/\(name)",
        text: try String(contentsOf: sources.appending(path: name), encoding: .utf8))
    }
  }

  /// The text of a file that is named from the repository's root.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The modules it imports, once for every line that does.
  var imports: [String] { codeLines.compactMap(Self.imported) }

  /// Its lines less comments; strings are left alone, which suits the words asked for here.
  var codeLines: [String] {
    text.split(separator: "\n").map { line in
      guard let comment = line.firstRange(of: "//") else { return String(line) }
      return String(line[..<comment.lowerBound])
    }
  }

  /// True when the word stands in its code: `unsafe`, but not `isUnsafe` or `unsafeBitCast`.
  func uses(word: String) -> Bool {
    codeLines.contains { line in
      line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == word }
    }
  }

  /// The module of an import line: attributes, an access level and a kind may stand around it.
  static func imported(by line: String) -> String? {
    var words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }[...]
    while let word = words.first, word.hasPrefix("@") || accessLevels.contains(word) {
      words.removeFirst()
    }
    guard words.popFirst() == "import" else { return nil }
    if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
    return words.first.map { String($0.prefix { $0 != "." }) }
  }

  private static let accessLevels: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
  private static let kinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
  ]
}
