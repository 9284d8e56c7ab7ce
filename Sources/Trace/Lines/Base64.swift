// SPDX-License-Identifier: Apache-2.0

/// The standard alphabet of RFC 4648 with padding, and nothing else.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The bytes the text stands for, nil unless it is exactly what `append` would write.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var accumulated: UInt32 = 0
    for (index, character) in text.dropLast(padding).enumerated() {
      guard let digit = digit(character) else { return nil }
      accumulated = accumulated << 6 | digit
      // The second digit completes the first byte, the third the second, the fourth the third.
      switch index % 4 {
      case 1: bytes.append(UInt8(truncatingIfNeeded: accumulated >> 4))
      case 2: bytes.append(UInt8(truncatingIfNeeded: accumulated >> 2))
      case 3: bytes.append(UInt8(truncatingIfNeeded: accumulated))
      default: break
      }
    }
    // The bits beyond the last byte must be zero, or two texts would mean the same bytes.
    let loose: UInt32 = padding == 2 ? 0xf : padding == 1 ? 0x3 : 0
    return accumulated & loose == 0 ? bytes : nil
  }

  static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for place in 0..<3 {
        group = group << 8 | (place < count ? UInt32(bytes[index + place]) : 0)
      }
      for place in 0..<4 {
        text.append(
          place <= count
            ? alphabet[Int(group >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
      index += 3
    }
  }

  private static func digit(_ character: UInt8) -> UInt32? {
    switch character {
    case 0x41...0x5a: UInt32(character - 0x41)
    case 0x61...0x7a: UInt32(character - 0x61 + 26)
    case 0x30...0x39: UInt32(character - 0x30 + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
