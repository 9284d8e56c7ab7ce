// SPDX-License-Identifier: Apache-2.0

internal import Digest
internal import Wire

/// Community ID, version 1: one name for a TCP connection in every tool that knows it.
///
/// SHA-1 of seed, addresses, protocol, a zero byte and ports, the smaller endpoint first, in base64
/// after `1:` (https://github.com/corelight/community-id-spec).
enum CommunityID {
  private static let tcp: UInt8 = 6

  /// Nil where a port is not known or libcrypto refuses SHA-1.
  static func tcp(_ local: Endpoint, _ remote: Endpoint, seed: UInt16 = 0) -> String? {
    guard local.port != 0, remote.port != 0, local.address.isIPv4 == remote.address.isIPv4 else {
      return nil
    }
    let (first, second) = isOrdered(local, remote) ? (local, remote) : (remote, local)
    let bytes =
      bigEndian(seed) + bytes(first.address) + bytes(second.address) + [Self.tcp, 0]
      + bigEndian(first.port) + bigEndian(second.port)
    guard var digest = DigestStream(.sha1) else { return nil }
    digest.update(bytes[...])
    return "1:" + base64(digest.bytes())
  }

  private static func isOrdered(_ left: Endpoint, _ right: Endpoint) -> Bool {
    let (one, other) = (left.address, right.address)
    return (one.high, one.low, left.port) <= (other.high, other.low, right.port)
  }

  private static func bytes(_ address: IPAddress) -> [UInt8] {
    address.isIPv4
      ? bigEndian(address.ipv4) : bigEndian(address.high) + bigEndian(address.low)
  }

  private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var value = group.reduce(0) { $0 << 8 | Int($1) }
      value <<= 8 * (3 - group.count)
      for place in 0..<4 {
        let isPadding = place > group.count
        text.append(
          isPadding ? UInt8(ascii: "=") : digits[value >> (18 - 6 * place) & 63])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
