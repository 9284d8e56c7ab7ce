// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
  /// Reads dotted IPv4 or RFC 4291 IPv6 text, with a numeric zone after `%`; nil when it is neither.
  public init?(text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
      var scope: UInt32 = 0
      if parts.count == 2 {
        guard parts[1].utf8.allSatisfy(\.isDigit), let index = UInt32(parts[1]) else { return nil }
        scope = index
      }
      guard let halves = Self.parseIPv6(parts[0]) else { return nil }
      self.init(high: halves.high, low: halves.low, scopeID: scope)
    } else {
      guard let value = Self.parseIPv4(text) else { return nil }
      self.init(ipv4: value)
    }
  }

  private static func parseIPv4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(\.isDigit),
        let octet = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(octet)
    }
    return value
  }

  private static func parseIPv6(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
    var groups: [UInt16] = []
    var gap: Int?
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return nil }
    // "::1" and "1::" begin or end with two empty parts; one of them is the gap itself.
    if parts.first?.isEmpty == true {
      guard parts[1].isEmpty else { return nil }
      parts.removeFirst()
    }
    if parts.last?.isEmpty == true {
      guard parts[parts.count - 2].isEmpty else { return nil }
      parts.removeLast()
    }
    for (index, part) in parts.enumerated() {
      if part.isEmpty {
        guard gap == nil else { return nil }
        gap = groups.count
      } else if part.utf8.contains(UInt8(ascii: ".")) {
        guard index == parts.count - 1, let value = parseIPv4(part) else { return nil }
        groups.append(UInt16(value >> 16))
        groups.append(UInt16(truncatingIfNeeded: value))
      } else {
        guard part.utf8.count <= 4, part.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
      guard groups.count <= 8 else { return nil }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    let low = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    return (high, low)
  }
}

extension IPAddress: CustomStringConvertible {
  /// RFC 5952 text: the longest run of zero groups is folded; a scope follows after `%`.
  public var description: String {
    if isIPv4 {
      return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
    }
    let groups = (0..<8).map { index in
      UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
    }
    var longest = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > longest.count { longest = start..<end }
      start = max(end, start + 1)
    }
    let hex = { (part: ArraySlice<UInt16>) in
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    let zone = scopeID == 0 ? "" : "%\(scopeID)"
    guard longest.count >= 2 else { return hex(groups[...]) + zone }
    return hex(groups[..<longest.lowerBound]) + "::" + hex(groups[longest.upperBound...]) + zone
  }
}

extension Endpoint: CustomStringConvertible {
  /// `address:port`, IPv6 in brackets.
  public var description: String {
    address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }

  /// Reads `address:port`, IPv6 in brackets; nil when it is neither.
  public init?(text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits) else { return nil }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]" else { return nil }
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard let address = IPAddress(text: host) else { return nil }
    self.init(address: address, port: port)
  }
}

extension UInt8 {
  /// Swift's own integers take a sign, which no port and no octet has.
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
