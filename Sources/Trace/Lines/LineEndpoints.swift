// SPDX-License-Identifier: Apache-2.0

import Wire

// Sockets and endpoints stand on nearly every line: their common forms are read from the bytes.
extension LineFields {
  func socket(_ line: Span<UInt8>) throws(LineError) -> SocketKey {
    let value = try required(.sk)
    if value.form == .string, let own = Self.ownSocket(value.range, line) { return own }
    return SocketKey(text: try string(.sk, line))
  }

  func endpoint(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> Endpoint {
    let value = try required(key)
    if value.form == .string, let endpoint = Self.ipv4Endpoint(value.range, line) {
      return endpoint
    }
    let text = try string(key, line)
    guard let endpoint = Endpoint(text: text) else {
      throw LineError(offset: value.offset, fault: .invalidEndpoint(key))
    }
    return endpoint
  }

  func address(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> IPAddress {
    let value = try required(key)
    guard let address = IPAddress(text: try string(key, line)) else {
      throw LineError(offset: value.offset, fault: .invalidEndpoint(key))
    }
    return address
  }

  /// `cookie.generation` without leading zeros; anything else is left to `SocketKey(text:)`.
  private static func ownSocket(_ range: Range<Int>, _ line: Span<UInt8>) -> SocketKey? {
    var position = range.lowerBound
    guard let cookie = decimal(line, &position, range.upperBound, limit: .max),
      position < range.upperBound, line[position] == UInt8(ascii: ".")
    else { return nil }
    position += 1
    guard
      let generation = decimal(line, &position, range.upperBound, limit: UInt64(UInt32.max)),
      position == range.upperBound
    else { return nil }
    return SocketKey(cookie: cookie, generation: UInt32(truncatingIfNeeded: generation))
  }

  /// `a.b.c.d:port`; anything else is left to `Endpoint(text:)`.
  private static func ipv4Endpoint(_ range: Range<Int>, _ line: Span<UInt8>) -> Endpoint? {
    var position = range.lowerBound
    var address: UInt32 = 0
    for place in 0..<4 {
      guard let octet = decimal(line, &position, range.upperBound, limit: 255),
        position < range.upperBound,
        line[position] == (place < 3 ? UInt8(ascii: ".") : UInt8(ascii: ":"))
      else { return nil }
      position += 1
      address = address << 8 | UInt32(truncatingIfNeeded: octet)
    }
    guard let port = decimal(line, &position, range.upperBound, limit: 65535),
      position == range.upperBound
    else { return nil }
    return Endpoint(
      address: IPAddress(ipv4: address), port: UInt16(truncatingIfNeeded: port))
  }

  /// A decimal number without leading zeros, at most `limit`.
  static func decimal(
    _ line: Span<UInt8>, _ position: inout Int, _ end: Int, limit: UInt64
  ) -> UInt64? {
    let start = position
    var value: UInt64 = 0
    while position < end {
      let digit = line[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry, sum <= limit else { return nil }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || line[start] != UInt8(ascii: "0") else {
      return nil
    }
    return value
  }
}
