// SPDX-License-Identifier: Apache-2.0

import Findings
import Testing

@Suite("JSON read back")
struct JSONValueTests {
  private func read(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

  @Test("Values of every kind, numbers as they were written")
  func kinds() throws {
    let value = try #require(
      read(#" {"a":[1.50,-2e3,true,null],"b":"x\"\\\n\u00e9\ud83d\ude00","c":{}} "#))
    #expect(value["a"].list.map(\.shown) == ["1.50", "-2e3", "yes", nil])
    #expect(value["a"].list.first?.number == 1.5)
    #expect(value["b"].text == "x\"\\\n\u{e9}\u{1f600}")
    #expect(value["c"] == .object([]) && value["d"] == .null)
  }

  @Test(
    "What RFC 8259 does not allow is refused",
    arguments: [
      "", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "\"a", "\"\\x\"", "\"\\ud83d\"", "nul", "{} {}",
      "\"\t\"", "-", "1e", "[1 2]", "{1:2}",
    ])
  func refused(text: String) {
    #expect(read(text) == nil)
  }

  @Test("Neither depth nor cut or changed bytes crash it")
  func hostile() {
    #expect(read(String(repeating: "[", count: 100_000)) == nil)
    let good = Array(#"{"a":[1.5e3,"\u00e9\ud83d\ude00",{"b":null}]}"#.utf8)
    for index in good.indices {
      _ = JSONValue(Array(good[..<index]))
      for byte: UInt8 in [0, 0x22, 0x5c, 0x7b, 0xff] {
        var changed = good
        changed[index] = byte
        _ = JSONValue(changed)
      }
    }
    #expect(JSONValue(good) != nil)
  }
}
