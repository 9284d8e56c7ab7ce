// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Label values from the host")
struct LabelTests {
  @Test(
    "A process is the last component of its executable's path",
    arguments: [
      ("/usr/bin/curl", "curl"), ("curl", "curl"), ("/", "__unknown__"), ("", "__unknown__"),
      ("/opt/\u{7F}x", "\u{FFFD}x"), ("/opt/a\tb", "a\u{FFFD}b"),
      ("/opt/\u{202E}gpj.exe", "\u{FFFD}gpj.exe"), ("/opt/日本", "日本"),
      ("/opt/__other__", "___other__"), ("/opt/__unknown__", "___unknown__"),
    ])
  func baseName(path: String, expected: String) {
    #expect(Label.Process(executablePath: Array(path.utf8)).labelText == expected)
  }

  @Test("Bytes that are not UTF-8 become U+FFFD")
  func invalid() {
    let label = Label.Process(executablePath: [0x61, 0xFF, 0x62, 0xC3])
    #expect(label.labelText == "a\u{FFFD}b\u{FFFD}")
  }

  @Test("A long name is cut between two characters, at 64 bytes at most")
  func length() {
    let ascii = Label.Process(executablePath: Array(repeating: 0x61, count: 4096))
    #expect(ascii.labelText == String(repeating: "a", count: 64))
    let three = Label.Process(executablePath: Array(String(repeating: "語", count: 100).utf8))
    #expect(three.labelText == String(repeating: "語", count: 21))
  }

  @Test("Any bytes give one line that reads back as the same value")
  func fuzz() throws {
    var generator = SystemRandomNumberGenerator()
    // Half of the bytes are the ones that matter to the format.
    let special = Array("\"\\\n{}=,# \r\0/".utf8) + [0xC3, 0xE2, 0x80, 0xAE, 0xFF]
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...90)).map { _ in
        Bool.random() ? UInt8.random(in: 0...255) : special.randomElement(using: &generator) ?? 0
      }
      let label = Label.Process(executablePath: bytes)
      #expect((1...64).contains(label.labelText.utf8.count))
      var builder = MetricSnapshot.Builder()
      builder.set(Metrics.processTransferredBytesTotal, label, .sent, .external, to: 1)
      let text = String(decoding: builder.build().text(), as: UTF8.self)
      let lines = text.unicodeScalars.split(separator: "\n").map { String($0) }
        .filter { $0.hasPrefix("halfwire_process") }
      let line = try #require(lines.count == 1 ? lines.first : nil)
      #expect(firstLabelValue(of: line) == label.labelText)
      #expect(line.hasSuffix(#"",direction="sent",scope="external"} 1"#))
    }
  }

  /// Reads a label value back by the rules of the format, independently of the writer.
  private func firstLabelValue(of line: String) -> String? {
    var rest = Array(line.unicodeScalars)[...]
    guard let quote = rest.firstIndex(of: "\"") else { return nil }
    rest = rest[(quote + 1)...]
    var value = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return String(value)
      case "\\":
        switch rest.popFirst() {
        case "n": value.append("\n")
        case "\\": value.append("\\")
        case "\"": value.append("\"")
        default: return nil
        }
      default: value.append(scalar)
      }
    }
    return nil
  }
}
