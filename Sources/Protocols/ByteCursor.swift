// SPDX-License-Identifier: Apache-2.0

/// Reads bytes that a stranger wrote, front to back; what is not there is nil.
struct ByteCursor {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? { rest.popFirst() }

  /// Two bytes, most significant first, as everything on the network here.
  mutating func number16() -> UInt16? {
    guard let bytes = take(2) else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt16($1) }
  }

  mutating func number24() -> Int? {
    take(3)?.reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func number32() -> UInt32? {
    guard let bytes = take(4) else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Exactly `count` bytes.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// At most `count` bytes: what is there of them.
  mutating func takeSome(_ count: Int) -> ArraySlice<UInt8> {
    take(min(max(count, 0), rest.count)) ?? []
  }

  /// A vector behind its length in one byte; nil unless all of it is there.
  mutating func vector8() -> ArraySlice<UInt8>? {
    byte().flatMap { take(Int($0)) }
  }

  mutating func vector16() -> ArraySlice<UInt8>? {
    number16().flatMap { take(Int($0)) }
  }
}

extension ArraySlice<UInt8> {
  func starts(withText text: String) -> Bool { starts(with: text.utf8) }

  /// As text for people: what is not printable ASCII is a question mark.
  var printable: String {
    String(decoding: map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
