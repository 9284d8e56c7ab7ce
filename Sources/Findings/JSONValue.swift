// SPDX-License-Identifier: Apache-2.0

/// A JSON text's value, for findings that are read back from a file.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case flag(Bool)
  /// As it was written: a finding's numbers are shown with the digits they had.
  case number(String)
  case text(String)
  case list([JSONValue])
  /// In the order of the text.
  case object([Member])

  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: JSONValue
  }

  static let depthLimit = 32

  /// Reads one whole JSON text (RFC 8259); nil where it is none.
  public init?(_ bytes: [UInt8]) {
    var scanner = JSONScanner(bytes)
    guard let value = scanner.value(depth: 0) else { return nil }
    scanner.skipSpace()
    guard scanner.isAtEnd else { return nil }
    self = value
  }

  /// A member of an object; null where there is none.
  public subscript(key: String) -> JSONValue {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.key == key }?.value ?? .null
  }

  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  public var number: Double? {
    if case .number(let digits) = self { Double(digits) } else { nil }
  }

  public var flag: Bool? {
    if case .flag(let flag) = self { flag } else { nil }
  }

  public var list: [JSONValue] {
    if case .list(let elements) = self { elements } else { [] }
  }

  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// A scalar as a person reads it; nil for null.
  public var shown: String? {
    switch self {
    case .null: nil
    case .flag(let flag): flag ? "yes" : "no"
    case .number(let digits): digits
    case .text(let text): text
    case .list(let elements): elements.compactMap(\.shown).joined(separator: ", ")
    case .object: nil
    }
  }
}

/// Reads JSON byte by byte; accepts any input without a crash.
private struct JSONScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek == byte else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) -> JSONValue? {
    skipSpace()
    guard let first = peek, depth <= JSONValue.depthLimit else { return nil }
    switch first {
    case UInt8(ascii: "\""): return string().map(JSONValue.text)
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return list(depth)
    case UInt8(ascii: "t"): return word("true", .flag(true))
    case UInt8(ascii: "f"): return word("false", .flag(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) -> JSONValue? {
    guard bytes[position...].starts(with: text.utf8) else { return nil }
    position += text.utf8.count
    return value
  }

  private mutating func object(_ depth: Int) -> JSONValue? {
    position += 1
    var members: [JSONValue.Member] = []
    if accept(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\""), let key = string(), accept(UInt8(ascii: ":")),
        let value = value(depth: depth + 1)
      else { return nil }
      members.append(JSONValue.Member(key: key, value: value))
    } while accept(UInt8(ascii: ","))
    return accept(UInt8(ascii: "}")) ? .object(members) : nil
  }

  private mutating func list(_ depth: Int) -> JSONValue? {
    position += 1
    var elements: [JSONValue] = []
    if accept(UInt8(ascii: "]")) { return .list([]) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      elements.append(value)
    } while accept(UInt8(ascii: ","))
    return accept(UInt8(ascii: "]")) ? .list(elements) : nil
  }

  private mutating func number() -> JSONValue? {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    let first = peek
    let count = digits()
    guard count > 0, first != UInt8(ascii: "0") || count == 1 else { return nil }
    if peek == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { return nil }
    }
    if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { return nil }
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func string() -> String? {
    position += 1
    var content: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        content += String(scalar).utf8
      case ..<0x20: return nil
      default: content.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let letter = peek else { return nil }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = fourHexDigits() else { return nil }
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xdc00, bytes[position...].starts(with: "\\u".utf8) else { return nil }
    position += 2
    guard let low = fourHexDigits(), (0xdc00...0xdfff).contains(low) else { return nil }
    return Unicode.Scalar(0x1_0000 + (unit - 0xd800) << 10 + (low - 0xdc00))
  }

  private mutating func fourHexDigits() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    let text = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    guard text.utf8.count == 4, text.allSatisfy(\.isHexDigit) else { return nil }
    position += 4
    return UInt32(text, radix: 16)
  }
}
