// SPDX-License-Identifier: Apache-2.0

/// Writes one JSON object a line, keys in the order they are given.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  mutating func object(_ body: (inout JSONWriter) -> Void) {
    open("{")
    body(&self)
    close("}")
  }

  mutating func array<Element>(
    _ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void
  ) {
    open("[")
    for element in elements {
      separate()
      body(&self, element)
      needsComma = true
    }
    close("]")
  }

  /// Begins a member; its value must follow.
  mutating func key(_ name: StaticString) {
    separate()
    append(string: String(describing: name))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func member(_ name: StaticString, _ value: String?) {
    key(name)
    write(value)
  }

  mutating func member(_ name: StaticString, _ value: Bool?) {
    key(name)
    write(raw: value.map { $0 ? "true" : "false" })
  }

  mutating func member(_ name: StaticString, _ value: (some BinaryInteger)?) {
    key(name)
    write(raw: value.map { "\($0)" })
  }

  mutating func member(_ name: StaticString, _ value: Double?, places: Int) {
    key(name)
    write(raw: value.flatMap { NumberText.rounded($0, places: places) })
  }

  mutating func null(_ name: StaticString) {
    key(name)
    write(raw: nil)
  }

  mutating func write(_ value: String?) {
    guard let value else {
      write(raw: nil)
      return
    }
    append(string: value)
    needsComma = true
  }

  mutating func write(raw: String?) {
    bytes += (raw ?? "null").utf8
    needsComma = true
  }

  private mutating func open(_ bracket: Character) {
    bytes += String(bracket).utf8
    needsComma = false
  }

  private mutating func close(_ bracket: Character) {
    bytes += String(bracket).utf8
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func append(string: String) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes += [UInt8(ascii: "\\"), byte]
      case 0x0a: bytes += "\\n".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x0d: bytes += "\\r".utf8
      case 0..<0x20, 0x7f:
        bytes += "\\u00".utf8
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
