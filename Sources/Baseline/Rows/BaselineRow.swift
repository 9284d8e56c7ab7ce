// SPDX-License-Identifier: Apache-2.0

/// One saved fact of the baseline.
public struct BaselineRow: Hashable, Sendable {
  /// The raw value is the form on disk and in events: never reused for another meaning.
  public enum Kind: UInt8, CaseIterable, Sendable {
    case subject = 1
    case pair = 2
    case destination = 3
    case edge = 4
    case name = 5
  }

  public var kind: Kind
  public var key: [UInt8]
  /// Empty where the row is to be removed.
  public var value: [UInt8]

  public init(kind: Kind, key: [UInt8], value: [UInt8]) {
    self.kind = kind
    self.key = key
    self.value = value
  }

  init?(_ row: StateRow) {
    guard let kind = Kind(rawValue: row.kind) else { return nil }
    self.init(kind: kind, key: row.key, value: row.value)
  }

  var stored: StateRow { StateRow(kind: kind.rawValue, key: key, value: value) }
}

/// Appends numbers as LEB128 and texts with their length.
public struct RowWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func put(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Zigzag: small numbers of both signs are short.
  public mutating func put(signed number: Int64) {
    put(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
  }

  public mutating func put(bytes content: some Collection<UInt8>) {
    put(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  public mutating func put(text: String) { put(bytes: text.utf8) }

  mutating func put(_ days: DaySet) {
    put(signed: Int64(days.last))
    put(UInt64(days.bits))
  }

  /// Only what is not zero, each with its place: most places are empty.
  mutating func put(sparse numbers: [UInt64]) {
    put(UInt64(numbers.count { $0 != 0 }))
    for (index, number) in numbers.enumerated() where number != 0 {
      put(UInt64(index))
      put(number)
    }
  }
}

/// Reads what a `RowWriter` wrote; nil, and nothing more from then on, where the bytes are not so.
public struct RowReader: Sendable {
  private let content: [UInt8]
  private var position = 0
  private var isBroken = false

  public init(_ bytes: [UInt8]) {
    content = bytes
  }

  public var isAtEnd: Bool { !isBroken && position == content.count }

  public mutating func number() -> UInt64? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while !isBroken, position < content.count, shift < 64 {
      let byte = content[position]
      position += 1
      let part = UInt64(byte & 0x7f)
      guard shift < 63 || part <= 1 else { break }
      result |= part << shift
      if byte & 0x80 == 0 { return result }
      shift += 7
    }
    isBroken = true
    return nil
  }

  public mutating func signed() -> Int64? {
    number().map { Int64(bitPattern: $0 >> 1) ^ -Int64($0 & 1) }
  }

  public mutating func bytes() -> [UInt8]? {
    guard let count = number() else { return nil }
    guard count <= UInt64(content.count - position) else {
      isBroken = true
      return nil
    }
    defer { position += Int(count) }
    return Array(content[position..<position + Int(count)])
  }

  public mutating func text() -> String? {
    bytes().flatMap { String(validating: $0, as: UTF8.self) }
  }

  mutating func days() -> DaySet? {
    guard let last = signed().flatMap({ Int32(exactly: $0) }),
      let bits = number().flatMap({ UInt32(exactly: $0) })
    else { return nil }
    return DaySet(last: last, bits: bits)
  }

  mutating func sparse(count: Int) -> [UInt64]? {
    var numbers = [UInt64](repeating: 0, count: count)
    guard let filled = number(), filled <= UInt64(count) else { return nil }
    for _ in 0..<filled {
      guard let index = number(), index < UInt64(count), let value = number() else { return nil }
      numbers[Int(index)] = value
    }
    return numbers
  }

  /// A list of at most `limit` things.
  mutating func list<Element>(
    limit: Int, _ element: (inout RowReader) -> Element?
  ) -> [Element]? {
    guard let count = number(), count <= UInt64(limit) else { return nil }
    var elements: [Element] = []
    for _ in 0..<count {
      guard let next = element(&self) else { return nil }
      elements.append(next)
    }
    return elements
  }
}
