// SPDX-License-Identifier: Apache-2.0

import Wire

/// Builds lines of the JSON Lines form in a buffer that keeps its memory.
struct LineBuffer {
  private(set) var bytes: [UInt8] = []
  private var isFirstField = true

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func removeLast(_ count: Int) {
    bytes.removeLast(min(count, bytes.count))
  }

  mutating func open() {
    bytes.append(UInt8(ascii: "{"))
    isFirstField = true
  }

  mutating func close() {
    bytes.append(UInt8(ascii: "}"))
    isFirstField = false
  }

  mutating func endLine() {
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The key with its quotes and colon, and the comma before it where one is due.
  mutating func key(_ name: String) {
    if !isFirstField { bytes.append(UInt8(ascii: ",")) }
    isFirstField = false
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  mutating func field(_ name: String, _ value: UInt64) {
    key(name)
    append(value)
  }

  mutating func field(_ name: String, _ value: Int64) {
    key(name)
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(value.magnitude)
  }

  mutating func field(_ name: String, _ value: Bool) {
    key(name)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func field(_ name: String, _ value: String) {
    key(name)
    append(value)
  }

  mutating func field(_ name: String, _ value: ByteString) {
    key(name)
    append(value)
  }

  mutating func field(_ name: String, _ value: Endpoint) {
    key(name)
    bytes.append(UInt8(ascii: "\""))
    if value.address.isIPv4 {
      for shift: UInt64 in [24, 16, 8, 0] {
        append(value.address.low >> shift & 255)
        bytes.append(shift == 0 ? UInt8(ascii: ":") : UInt8(ascii: "."))
      }
      append(UInt64(value.port))
    } else {
      bytes.append(contentsOf: value.description.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func field(_ name: String, _ value: SocketKey) {
    key(name)
    if let label = value.label {
      append(label)
    } else {
      bytes.append(UInt8(ascii: "\""))
      append(value.cookie)
      bytes.append(UInt8(ascii: "."))
      append(value.generation)
      bytes.append(UInt8(ascii: "\""))
    }
  }

  mutating func base64Field(_ name: String, _ data: [UInt8]) {
    key(name)
    bytes.append(UInt8(ascii: "\""))
    Base64.append(data, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func null(_ name: String) {
    key(name)
    bytes.append(contentsOf: "null".utf8)
  }

  mutating func list<Element>(
    _ name: String, _ elements: [Element], _ append: (inout LineBuffer, Element) -> Void
  ) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
    isFirstField = false
  }

  mutating func append(_ text: ByteString) {
    if let string = text.text {
      append(string)
    } else {
      bytes.append(contentsOf: #"{"b64":""#.utf8)
      Base64.append(text.bytes, to: &bytes)
      bytes.append(contentsOf: #""}"#.utf8)
    }
  }

  mutating func append(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
      case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
      case 0x0a: bytes.append(contentsOf: #"\n"#.utf8)
      case 0x0c: bytes.append(contentsOf: #"\f"#.utf8)
      case 0x0d: bytes.append(contentsOf: #"\r"#.utf8)
      case ..<0x20:
        bytes.append(contentsOf: (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8)
        bytes.append(contentsOf: String(byte, radix: 16).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ number: UInt64) {
    guard number >= 10 else {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
      return
    }
    // 2^64 has 20 digits, which are found from the last.
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = number
    var start = 20
    while rest > 0 {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
      start -= 1
      digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
      rest = quotient
    }
    while start < 20 {
      bytes.append(digits[start])
      start += 1
    }
  }
}

// A fact of the required keys is null where it is unknown; an optional one is left out.
extension LineBuffer {
  mutating func nullable(_ name: String, _ value: (some BinaryInteger)?) {
    if let value { field(name, number: value) } else { null(name) }
  }

  mutating func nullable(_ name: String, _ value: Bool?) {
    if let value { field(name, value) } else { null(name) }
  }

  mutating func nullable(_ name: String, _ value: ByteString?) {
    if let value { field(name, value) } else { null(name) }
  }

  mutating func optional(_ name: String, _ value: (some BinaryInteger)?) {
    if let value { field(name, number: value) }
  }

  mutating func optional(_ name: String, _ value: Bool?) {
    if let value { field(name, value) }
  }

  mutating func optional(_ name: String, _ value: String?) {
    if let value { field(name, value) }
  }

  mutating func optional(_ name: String, _ value: ByteString?) {
    if let value { field(name, value) }
  }

  /// Any integer of at most 64 bits.
  private mutating func field(_ name: String, number: some BinaryInteger) {
    if number < 0 {
      field(name, Int64(truncatingIfNeeded: number))
    } else {
      field(name, UInt64(truncatingIfNeeded: number))
    }
  }
}
