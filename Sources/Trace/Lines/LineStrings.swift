// SPDX-License-Identifier: Apache-2.0

extension LineScanner {
  /// A string, its escapes and its UTF-8 checked.
  mutating func string(_ line: Span<UInt8>) throws(LineError) -> LineValue {
    advance(by: 1)
    let start = position
    var form = LineValue.Form.string
    while true {
      guard position < line.count else { throw error(.unexpectedEnd) }
      switch line[position] {
      case UInt8(ascii: "\""):
        let end = position
        advance(by: 1)
        return LineValue(form: form, range: start..<end)
      case UInt8(ascii: "\\"):
        form = .escapedString
        _ = try escape(line)
      case ..<0x20: throw error(.controlCharacter)
      case 0x80...: try multibyte(line)
      default: advance(by: 1)
      }
    }
  }

  /// One escape, a surrogate pair counting as one.
  mutating func escape(_ line: Span<UInt8>) throws(LineError) -> Unicode.Scalar {
    let start = position
    guard start + 1 < line.count else {
      throw LineError(offset: line.count, fault: .unexpectedEnd)
    }
    advance(by: 2)
    switch line[start + 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw LineError(offset: start, fault: .invalidEscape)
    }
    let unit = try fourHexDigits(line)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xdc00, position + 1 < line.count, line[position] == UInt8(ascii: "\\"),
      line[position + 1] == UInt8(ascii: "u")
    else { throw LineError(offset: start, fault: .loneSurrogate) }
    advance(by: 2)
    let low = try fourHexDigits(line)
    guard (0xdc00...0xdfff).contains(low),
      let scalar = Unicode.Scalar(0x1_0000 + (unit - 0xd800) << 10 + (low - 0xdc00))
    else { throw LineError(offset: start, fault: .loneSurrogate) }
    return scalar
  }

  private mutating func fourHexDigits(_ line: Span<UInt8>) throws(LineError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < line.count else { throw error(.unexpectedEnd) }
      let digit: UInt8
      switch line[position] {
      case let byte where (0x30...0x39).contains(byte): digit = byte - 0x30
      case let byte where (0x41...0x46).contains(byte): digit = byte - 0x41 + 10
      case let byte where (0x61...0x66).contains(byte): digit = byte - 0x61 + 10
      default: throw error(.invalidEscape)
      }
      value = value << 4 | UInt32(digit)
      advance(by: 1)
    }
    return value
  }

  /// One well-formed sequence of two to four bytes (Unicode, table 3-7).
  private mutating func multibyte(_ line: Span<UInt8>) throws(LineError) {
    let lead = line[position]
    var second: ClosedRange<UInt8> = 0x80...0xbf
    let length: Int
    switch lead {
    case 0xc2...0xdf: length = 2
    case 0xe0...0xef:
      length = 3
      if lead == 0xe0 { second = 0xa0...0xbf }
      if lead == 0xed { second = 0x80...0x9f }
    case 0xf0...0xf4:
      length = 4
      if lead == 0xf0 { second = 0x90...0xbf }
      if lead == 0xf4 { second = 0x80...0x8f }
    default: throw error(.invalidUTF8)
    }
    guard position + length <= line.count, second.contains(line[position + 1]) else {
      throw error(.invalidUTF8)
    }
    for index in 2..<max(length, 2) where line[position + index] & 0xc0 != 0x80 {
      throw error(.invalidUTF8)
    }
    advance(by: length)
  }

  /// The bytes that a checked string stands for.
  static func bytes(
    of value: LineValue, in line: Span<UInt8>
  ) throws(LineError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(value.range.count)
    guard value.form == .escapedString else {
      for index in value.range { bytes.append(line[index]) }
      return bytes
    }
    var scanner = LineScanner(at: value.range.lowerBound)
    while scanner.position < value.range.upperBound {
      let byte = line[scanner.position]
      if byte == UInt8(ascii: "\\") {
        bytes.append(contentsOf: Character(try scanner.escape(line)).utf8)
      } else {
        bytes.append(byte)
        scanner.advance(by: 1)
      }
    }
    return bytes
  }
}
