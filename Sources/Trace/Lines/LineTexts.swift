// SPDX-License-Identifier: Apache-2.0

import Wire

// Strings, lists, addresses and words. A string that is not UTF-8 is {"b64": "…"}.
extension LineFields {
  func optionalText(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> ByteString? {
    guard let value = known(key) else { return nil }
    return ByteString(try Self.bytes(of: value, key, line))
  }

  func text(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> ByteString {
    ByteString(try Self.bytes(of: try required(key), key, line))
  }

  /// A string that must be UTF-8 in either form.
  func optionalString(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> String? {
    guard let value = known(key) else { return nil }
    guard let string = ByteString(try Self.bytes(of: value, key, line)).text else {
      throw LineError(offset: value.offset, fault: .invalidUTF8)
    }
    return string
  }

  func string(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> String {
    let value = try required(key)
    guard let string = try optionalString(key, line) else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a string"))
    }
    return string
  }

  /// A list of strings.
  func optionalTexts(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> [ByteString]? {
    guard let value = known(key) else { return nil }
    var texts: [ByteString] = []
    try Self.forEachElement(of: value, key, line) { element throws(LineError) in
      texts.append(ByteString(try Self.bytes(of: element, key, line)))
    }
    return texts
  }

  /// One of a closed set of words.
  func optionalWord<Word: RawRepresentable & CaseIterable>(
    _ key: LineKey, _ line: Span<UInt8>, as type: Word.Type = Word.self
  ) throws(LineError) -> Word? where Word.RawValue == String {
    guard let value = known(key) else { return nil }
    guard value.form == .string else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a word"))
    }
    for word in Word.allCases where Self.equal(value, word.rawValue, line) { return word }
    throw LineError(offset: value.offset, fault: .unknownWord(key))
  }

  func word<Word: RawRepresentable & CaseIterable>(
    _ key: LineKey, _ line: Span<UInt8>, as type: Word.Type = Word.self
  ) throws(LineError) -> Word where Word.RawValue == String {
    let value = try required(key)
    guard let word = try optionalWord(key, line, as: type) else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a word"))
    }
    return word
  }

  /// Base64 data.
  func data(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> [UInt8] {
    let value = try required(key)
    guard value.form == .string || value.form == .escapedString else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "base64 text"))
    }
    guard let bytes = Base64.decode(try LineScanner.bytes(of: value, in: line)) else {
      throw LineError(offset: value.offset, fault: .invalidBase64(key))
    }
    return bytes
  }

  static func equal(_ value: LineValue, _ text: String, _ line: Span<UInt8>) -> Bool {
    let utf8 = text.utf8
    guard utf8.count == value.range.count else { return false }
    var index = value.range.lowerBound
    for byte in utf8 {
      guard line[index] == byte else { return false }
      index += 1
    }
    return true
  }

  static func bytes(
    of value: LineValue, _ key: LineKey, _ line: Span<UInt8>
  ) throws(LineError) -> [UInt8] {
    switch value.form {
    case .string, .escapedString: return try LineScanner.bytes(of: value, in: line)
    case .object:
      // {"b64": "…"}: read in place, for these objects are small and rare.
      var scanner = LineScanner(at: value.range.lowerBound)
      try scanner.expect(UInt8(ascii: "{"), line)
      if try scanner.peek(line) == UInt8(ascii: "\"") {
        let name = try scanner.key(line)
        let content = try scanner.value(line, depth: 1)
        if equal(name, LineKey.b64.name, line), content.form == .string,
          try scanner.peek(line) == UInt8(ascii: "}")
        {
          guard let bytes = Base64.decode(try LineScanner.bytes(of: content, in: line)) else {
            throw LineError(offset: content.offset, fault: .invalidBase64(key))
          }
          return bytes
        }
      }
    default: break
    }
    throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a string"))
  }

  /// Calls `body` with each element of a list.
  static func forEachElement(
    of value: LineValue, _ key: LineKey, _ line: Span<UInt8>,
    _ body: (LineValue) throws(LineError) -> Void
  ) throws(LineError) {
    guard value.form == .array else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a list"))
    }
    var scanner = LineScanner(at: value.range.lowerBound)
    try scanner.expect(UInt8(ascii: "["), line)
    guard try !scanner.accept(UInt8(ascii: "]"), line) else { return }
    repeat {
      try body(try scanner.value(line, depth: 1))
    } while try scanner.accept(UInt8(ascii: ","), line)
  }
}
