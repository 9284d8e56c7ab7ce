// SPDX-License-Identifier: Apache-2.0

/// The known keys of one JSON object with their values, reused from line to line.
///
/// A value is only located here; it is read by the getters, which know what it must be.
struct LineFields {
  private static let keys = NameTable(LineKey.allCases.map(\.name))

  private let keys = Self.keys
  private let all = LineKey.allCases
  private var values = [LineValue](
    repeating: LineValue(form: .null, range: 0..<0), count: LineKey.allCases.count)
  /// Which values belong to this object: one bit a key.
  private var present: (UInt64, UInt64) = (0, 0)
  /// Where the object ended: what is missing is missing there.
  private(set) var end = 0

  /// Reads the object that is the whole line.
  mutating func read(_ line: Span<UInt8>) throws(LineError) {
    var scanner = LineScanner()
    try readObject(line, &scanner, depth: 0)
    scanner.skipSpace(line)
    guard scanner.position == line.count else { throw scanner.error(.bytesAfterObject) }
  }

  /// Reads the object that begins at the scanner's position.
  mutating func readObject(
    _ line: Span<UInt8>, _ scanner: inout LineScanner, depth: Int
  ) throws(LineError) {
    present = (0, 0)
    try scanner.expect(UInt8(ascii: "{"), line)
    if try !scanner.accept(UInt8(ascii: "}"), line) {
      repeat {
        let name = try scanner.key(line)
        let value = try scanner.value(line, depth: depth + 1)
        guard let key = try key(of: name, line) else { continue }
        guard !has(key) else {
          throw LineError(offset: name.offset, fault: .duplicateKey(key))
        }
        mark(key)
        values[Int(key.rawValue)] = value
      } while try scanner.accept(UInt8(ascii: ","), line)
      try scanner.expect(UInt8(ascii: "}"), line)
    }
    end = scanner.position
  }

  func has(_ key: LineKey) -> Bool {
    key.rawValue < 64
      ? present.0 & 1 << UInt64(key.rawValue) != 0
      : present.1 & 1 << UInt64(key.rawValue - 64) != 0
  }

  /// The key's value, nil where the line has none or null.
  func known(_ key: LineKey) -> LineValue? {
    guard has(key) else { return nil }
    let value = values[Int(key.rawValue)]
    return value.form == .null ? nil : value
  }

  /// The key's value, which may be null.
  func required(_ key: LineKey) throws(LineError) -> LineValue {
    guard has(key) else {
      throw LineError(offset: max(end - 1, 0), fault: .missingKey(key))
    }
    return values[Int(key.rawValue)]
  }

  private mutating func mark(_ key: LineKey) {
    if key.rawValue < 64 {
      present.0 |= 1 << UInt64(key.rawValue)
    } else {
      present.1 |= 1 << UInt64(key.rawValue - 64)
    }
  }

  private func key(of name: LineValue, _ line: Span<UInt8>) throws(LineError) -> LineKey? {
    let index: Int?
    if name.form == .string {
      index = keys.index(of: name.range, in: line)
    } else {
      let bytes = try LineScanner.bytes(of: name, in: line)
      index = keys.index(of: 0..<bytes.count, in: bytes.span)
    }
    guard let index else { return nil }
    return all[index]
  }
}

// What a value must be. A null is never a number, a string or a list.
extension LineFields {
  func number<Number: FixedWidthInteger>(
    _ key: LineKey, as type: Number.Type = Number.self
  ) throws(LineError) -> Number {
    try Self.integer(try required(key), key)
  }

  /// A number whose 0 means "unknown", which is also what null says.
  func numberOrUnknown<Number: FixedWidthInteger>(
    _ key: LineKey, as type: Number.Type = Number.self
  ) throws(LineError) -> Number {
    let value = try required(key)
    return value.form == .null ? 0 : try Self.integer(value, key)
  }

  func optionalNumber<Number: FixedWidthInteger>(
    _ key: LineKey, as type: Number.Type = Number.self
  ) throws(LineError) -> Number? {
    guard let value = known(key) else { return nil }
    return try Self.integer(value, key)
  }

  func optionalBoolean(_ key: LineKey) throws(LineError) -> Bool? {
    guard let value = known(key) else { return nil }
    switch value.form {
    case .yes: return true
    case .no: return false
    default: throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a boolean"))
    }
  }

  func boolean(_ key: LineKey) throws(LineError) -> Bool {
    let value = try required(key)
    guard let answer = try optionalBoolean(key) else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a boolean"))
    }
    return answer
  }

  static func integer<Number: FixedWidthInteger>(
    _ value: LineValue, _ key: LineKey
  ) throws(LineError) -> Number {
    switch value.form {
    case .integer: break
    case .number: throw LineError(offset: value.offset, fault: .notAnInteger(key))
    default: throw LineError(offset: value.offset, fault: .wrongType(key, expected: "an integer"))
    }
    guard value.isNegative else {
      if let number = Number(exactly: value.magnitude) { return number }
      throw LineError(offset: value.offset, fault: .outOfRange(key))
    }
    // Two's complement: the magnitude of Int64.min fits, one more does not.
    let negated = Int64(truncatingIfNeeded: 0 &- value.magnitude)
    guard value.magnitude <= 1 << 63, Number.isSigned,
      let number = Number(exactly: negated)
    else { throw LineError(offset: value.offset, fault: .outOfRange(key)) }
    return number
  }
}
