// SPDX-License-Identifier: Apache-2.0

/// One JSON value of a line, where it stands and, for an integer, what it is.
struct LineValue {
  enum Form: UInt8 {
    case null, yes, no
    /// Without fraction and exponent, and its magnitude fits 64 bits.
    case integer
    /// Any other JSON number; nothing of the format may be one.
    case number
    case string
    /// A string with at least one escape: its bytes are not its value.
    case escapedString
    case array, object
  }

  var form: Form
  /// The value's bytes; for a string those between the quotes.
  var range: Range<Int>
  var magnitude: UInt64 = 0
  var isNegative = false

  /// Where the value begins, its quote included.
  var offset: Int {
    form == .string || form == .escapedString ? range.lowerBound - 1 : range.lowerBound
  }
}

/// A strict JSON reader (RFC 8259) over one line.
///
/// Every value it passes is checked to its last byte, also inside values that nobody asks for.
struct LineScanner {
  /// The format nests three levels; more is room for keys of later versions.
  static let depthLimit = 16

  private(set) var position: Int

  init(at position: Int = 0) {
    self.position = position
  }

  /// Moves past white space; the line feed is not part of a line.
  mutating func skipSpace(_ line: Span<UInt8>) {
    while position < line.count {
      let byte = line[position]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a else { return }
      position += 1
    }
  }

  /// The next byte after white space, not consumed.
  mutating func peek(_ line: Span<UInt8>) throws(LineError) -> UInt8 {
    skipSpace(line)
    guard position < line.count else { throw error(.unexpectedEnd) }
    return line[position]
  }

  mutating func expect(_ byte: UInt8, _ line: Span<UInt8>) throws(LineError) {
    let found = try peek(line)
    guard found == byte else { throw error(.unexpectedByte(found)) }
    position += 1
  }

  /// True and consumed where the next byte is `byte`.
  mutating func accept(_ byte: UInt8, _ line: Span<UInt8>) throws(LineError) -> Bool {
    guard try peek(line) == byte else { return false }
    position += 1
    return true
  }

  /// The next value of any kind.
  mutating func value(_ line: Span<UInt8>, depth: Int) throws(LineError) -> LineValue {
    let first = try peek(line)
    switch first {
    case UInt8(ascii: "\""): return try string(line)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(line)
    case UInt8(ascii: "["): return try array(line, depth: depth)
    case UInt8(ascii: "{"): return try object(line, depth: depth)
    case UInt8(ascii: "t"): return try word("true", .yes, line)
    case UInt8(ascii: "f"): return try word("false", .no, line)
    case UInt8(ascii: "n"): return try word("null", .null, line)
    default: throw error(.unexpectedByte(first))
    }
  }

  private mutating func array(_ line: Span<UInt8>, depth: Int) throws(LineError) -> LineValue {
    guard depth < Self.depthLimit else { throw error(.nestingTooDeep) }
    let start = position
    position += 1
    if try !accept(UInt8(ascii: "]"), line) {
      repeat {
        _ = try value(line, depth: depth + 1)
      } while try accept(UInt8(ascii: ","), line)
      try expect(UInt8(ascii: "]"), line)
    }
    return LineValue(form: .array, range: start..<position)
  }

  private mutating func object(_ line: Span<UInt8>, depth: Int) throws(LineError) -> LineValue {
    guard depth < Self.depthLimit else { throw error(.nestingTooDeep) }
    let start = position
    position += 1
    if try !accept(UInt8(ascii: "}"), line) {
      repeat {
        _ = try key(line)
        _ = try value(line, depth: depth + 1)
      } while try accept(UInt8(ascii: ","), line)
      try expect(UInt8(ascii: "}"), line)
    }
    return LineValue(form: .object, range: start..<position)
  }

  /// An object's key with the colon behind it.
  mutating func key(_ line: Span<UInt8>) throws(LineError) -> LineValue {
    let first = try peek(line)
    guard first == UInt8(ascii: "\"") else { throw error(.unexpectedByte(first)) }
    let key = try string(line)
    try expect(UInt8(ascii: ":"), line)
    return key
  }

  private mutating func word(
    _ text: String, _ form: LineValue.Form, _ line: Span<UInt8>
  ) throws(LineError) -> LineValue {
    let start = position
    for byte in text.utf8 {
      guard position < line.count else { throw error(.unexpectedEnd) }
      guard line[position] == byte else { throw error(.unexpectedByte(line[position])) }
      position += 1
    }
    return LineValue(form: form, range: start..<position)
  }

  /// A number; its grammar is JSON's, so `01`, `+1` and `.5` are none.
  private mutating func number(_ line: Span<UInt8>) throws(LineError) -> LineValue {
    let start = position
    let isNegative = line[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let firstDigit = position
    var magnitude: UInt64 = 0
    var fits = true
    while let digit = digit(line) {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(digit)
      magnitude = sum
      if overflow || carry { fits = false }
      position += 1
    }
    guard position > firstDigit else { throw error(.invalidNumber) }
    guard line[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
      throw LineError(offset: firstDigit, fault: .invalidNumber)
    }
    var isInteger = true
    if position < line.count, line[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits(line)
    }
    if position < line.count, line[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < line.count, line[position] == 0x2b || line[position] == 0x2d { position += 1 }
      try digits(line)
    }
    return LineValue(
      form: isInteger && fits ? .integer : .number, range: start..<position,
      magnitude: magnitude, isNegative: isNegative)
  }

  private func digit(_ line: Span<UInt8>) -> UInt64? {
    guard position < line.count else { return nil }
    let digit = line[position] &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }

  private mutating func digits(_ line: Span<UInt8>) throws(LineError) {
    guard digit(line) != nil else { throw error(.invalidNumber) }
    while digit(line) != nil { position += 1 }
  }

  func error(_ fault: LineFault) -> LineError {
    LineError(offset: position, fault: fault)
  }

  mutating func advance(by count: Int) {
    position += count
  }
}
