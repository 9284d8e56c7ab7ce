// SPDX-License-Identifier: Apache-2.0

public import Wire

/// How far away a remote address is; the raw value is a metric label.
public enum DestinationScope: String, BitwiseCopyable, CaseIterable, Sendable {
  case loopback
  case linkLocal = "link_local"
  /// RFC 1918, unique local addresses (RFC 4193) and shared address space (RFC 6598).
  case `private`
  case external

  public init(_ address: IPAddress) {
    self = address.isIPv4 ? Self.classify(address.ipv4) : Self.classify(address.high, address.low)
  }

  private static func classify(_ address: UInt32) -> DestinationScope {
    switch address >> 24 {
    // Linux connects 0.0.0.0 to the host itself.
    case 0, 127: return .loopback
    case 10: return .private
    default: break
    }
    switch address >> 16 {
    case 0xa9fe: return .linkLocal  // 169.254/16
    case 0xc0a8: return .private  // 192.168/16
    default: break
    }
    if address >> 20 == 0xac1 { return .private }  // 172.16/12
    if address >> 22 == 0x6440 >> 6 { return .private }  // 100.64/10
    return .external
  }

  private static func classify(_ high: UInt64, _ low: UInt64) -> DestinationScope {
    if high == 0, low <= 1 { return .loopback }
    if high >> 54 == 0xfe80 >> 6 { return .linkLocal }
    if high >> 57 == 0xfc00 >> 9 { return .private }
    return .external
  }

  /// The case's place in `allCases`, for counters kept in arrays.
  var index: Int {
    switch self {
    case .loopback: 0
    case .linkLocal: 1
    case .private: 2
    case .external: 3
    }
  }

  /// Whether the same address means another host in another network namespace.
  var isPerNamespace: Bool { self == .loopback || self == .linkLocal }
}
