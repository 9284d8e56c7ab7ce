// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sensor

@Suite("Where things stand in a TOML text")
struct TOMLPlacesTests {
  private func key(_ text: String, _ path: TOMLPlaces.Step...) -> TextPlace? {
    TOMLPlaces(text).keys[path]
  }

  private func value(_ text: String, _ path: TOMLPlaces.Step...) -> TextPlace? {
    TOMLPlaces(text).values[path]
  }

  @Test("Keys of tables, dotted and quoted")
  func keys() {
    let text = """
      # a comment with = and [brackets]
      top = 1
      [a.b]  # another
        c.d = "x"
      "quo.ted" = 2
      'lit' = 3
      """
    #expect(key(text, .key("top")) == TextPlace(line: 2, column: 1))
    #expect(value(text, .key("top")) == TextPlace(line: 2, column: 7))
    #expect(key(text, .key("a")) == TextPlace(line: 3, column: 2))
    #expect(key(text, .key("a"), .key("b")) == TextPlace(line: 3, column: 4))
    #expect(key(text, .key("a"), .key("b"), .key("c")) == TextPlace(line: 4, column: 3))
    #expect(key(text, .key("a"), .key("b"), .key("c"), .key("d")) == TextPlace(line: 4, column: 5))
    #expect(
      value(text, .key("a"), .key("b"), .key("c"), .key("d")) == TextPlace(line: 4, column: 9))
    #expect(key(text, .key("a"), .key("b"), .key("quo.ted")) == TextPlace(line: 5, column: 1))
    #expect(key(text, .key("a"), .key("b"), .key("lit")) == TextPlace(line: 6, column: 1))
  }

  @Test("Elements of arrays of tables are told apart, and their sub-tables with them")
  func arrays() {
    let text = """
      [[s]]
      n = 1
      [[s]]
      n = 2
      [s.sub]
      m = 3
      """
    #expect(key(text, .key("s"), .index(0), .key("n")) == TextPlace(line: 2, column: 1))
    #expect(key(text, .key("s"), .index(1), .key("n")) == TextPlace(line: 4, column: 1))
    #expect(
      key(text, .key("s"), .index(1), .key("sub"), .key("m")) == TextPlace(line: 6, column: 1))
  }

  @Test("Inline tables, nested lists and strings of every kind do not lead astray")
  func nested() {
    let text = #"""
      list = [ "a # not a comment", '], }', [1, 2],
        { k = 5, l.m = "}" }, # comment ]
      ]
      long = """
      x = 1
      \""" [no] """
      literal = '''
      y = '2' '''
      end = 1979-05-27 07:32:00
      last = true
      """#
    #expect(value(text, .key("list"), .index(1)) == TextPlace(line: 1, column: 31))
    #expect(value(text, .key("list"), .index(2), .index(1)) == TextPlace(line: 1, column: 43))
    #expect(key(text, .key("list"), .index(3), .key("k")) == TextPlace(line: 2, column: 5))
    #expect(
      value(text, .key("list"), .index(3), .key("l"), .key("m")) == TextPlace(line: 2, column: 18))
    #expect(key(text, .key("x")) == nil)
    #expect(key(text, .key("y")) == nil)
    #expect(key(text, .key("end")) == TextPlace(line: 9, column: 1))
    #expect(key(text, .key("last")) == TextPlace(line: 10, column: 1))
  }

  @Test(
    "Any text ends, valid or not", arguments: ["[", "[[a", "a", "a=", "a=[", "a={b=", "=", "]"])
  func ends(text: String) {
    _ = TOMLPlaces(text)
  }
}
