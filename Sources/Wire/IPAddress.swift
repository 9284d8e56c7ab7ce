// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address; IPv4-mapped addresses are IPv4 (a Java or Go pair must not split).
public struct IPAddress: Hashable, BitwiseCopyable, Sendable {
  /// The address as a number, most significant half first; IPv4 stands in the low 32 bits.
  public let high: UInt64
  public let low: UInt64
  public let isIPv4: Bool
  /// The interface of a link-local address, by index; 0 for none.
  public let scopeID: UInt32

  public init(ipv4: UInt32) {
    high = 0
    low = UInt64(ipv4)
    isIPv4 = true
    scopeID = 0
  }

  /// An IPv6 address, or IPv4 where `high:low` is `::ffff:a.b.c.d`.
  public init(high: UInt64, low: UInt64, scopeID: UInt32 = 0) {
    let isMapped = high == 0 && low >> 32 == 0xffff
    self.high = high
    self.low = isMapped ? low & 0xffff_ffff : low
    self.isIPv4 = isMapped
    // Only fe80::/10 is ambiguous without its interface.
    self.scopeID = high >> 54 == 0xfe80 >> 6 ? scopeID : 0
  }

  public static let unspecifiedIPv4 = IPAddress(ipv4: 0)

  /// The four bytes of an IPv4 address as a number.
  public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }
}

/// An address and port; port 0 is "not yet known".
public struct Endpoint: Hashable, BitwiseCopyable, Sendable {
  public let address: IPAddress
  public let port: UInt16

  public init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}
