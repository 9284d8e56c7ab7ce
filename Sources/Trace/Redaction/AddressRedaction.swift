// SPDX-License-Identifier: Apache-2.0

import Wire

/// Replaces addresses so that equal ones stay equal and each keeps its scope.
///
/// A private address becomes another of its own range, one to one. Any other becomes one that
/// exists nowhere: 240.0.0.0/4 for IPv4, 2001:db8::/32 for IPv6. Loopback, unspecified and
/// multicast addresses tell nothing and stay.
///
/// 240.0.0.0/4 has 28 bits: among 1,000 external IPv4 addresses the chance that any two become
/// one is 0.2 %, among 10,000 it is 17 %.
struct AddressRedaction {
  let hash: SipHash

  func apply(_ endpoint: Endpoint) -> Endpoint {
    Endpoint(address: apply(endpoint.address), port: endpoint.port)
  }

  func apply(_ address: IPAddress) -> IPAddress {
    address.isIPv4 ? IPAddress(ipv4: apply(address.ipv4)) : applyIPv6(address)
  }

  private func apply(_ address: UInt32) -> UInt32 {
    switch address >> 24 {
    case 0, 127, 224...239: return address
    default: break
    }
    if address == .max { return address }
    // RFC 1918, shared address space (RFC 6598) and link-local, each permuted within itself.
    let ranges: [(prefix: UInt32, bits: UInt32)] = [
      (0x0a00_0000, 24), (0xac10_0000, 20), (0xc0a8_0000, 16), (0x6440_0000, 22),
      (0xa9fe_0000, 16),
    ]
    for (prefix, bits) in ranges where address >> bits == prefix >> bits {
      return prefix | permute(address & (1 << bits - 1), bits: bits, range: prefix)
    }
    return 0xf000_0000 | UInt32(truncatingIfNeeded: digest(4, UInt64(address), 0)) & 0x0fff_ffff
  }

  private func applyIPv6(_ address: IPAddress) -> IPAddress {
    let first = address.high >> 56
    if first == 0xff || address.high == 0 && address.low <= 1 { return address }
    let low = digest(6, address.high, address.low)
    if address.high >> 54 == 0xfe80 >> 6 {
      return IPAddress(high: 0xfe80 << 48, low: low, scopeID: address.scopeID)
    }
    let high = digest(7, address.high, address.low)
    if first & 0xfe == 0xfc { return IPAddress(high: 0xfd << 56 | high >> 8, low: low) }
    return IPAddress(high: 0x2001_0db8 << 32 | high >> 32, low: low)
  }

  /// A permutation of numbers of an even count of bits: four rounds of a Feistel network.
  private func permute(_ value: UInt32, bits: UInt32, range: UInt32) -> UInt32 {
    let half = bits / 2
    let mask: UInt32 = 1 << half - 1
    var (left, right) = (value >> half, value & mask)
    for round in 0..<4 {
      let mixed = digest(UInt8(round), UInt64(range), UInt64(right))
      (left, right) = (right, left ^ UInt32(truncatingIfNeeded: mixed) & mask)
    }
    return left << half | right
  }

  private func digest(_ use: UInt8, _ first: UInt64, _ second: UInt64) -> UInt64 {
    var bytes: [UInt8] = [use]
    for number in [first, second] {
      for shift: UInt64 in [0, 8, 16, 24, 32, 40, 48, 56] {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    return hash.hash(bytes)
  }
}
