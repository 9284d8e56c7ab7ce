// SPDX-License-Identifier: Apache-2.0

internal import Digest

/// The JA4 fingerprint of a TLS client over TCP.
///
/// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md (BSD 3-Clause, as JA4 for
/// TLS clients is). Clients that shuffle their extensions keep their fingerprint.
enum JA4 {
  static func text(_ hello: ClientHello) -> String {
    let ciphers = hello.ciphers.map(hexadecimal)
    let version = (hello.versions.max() ?? hello.legacyVersion)
    let head =
      "t" + word(version: version) + (hello.extensions.contains(0) ? "d" : "i")
      + count(ciphers.count) + count(hello.extensions.count) + ends(of: hello.alpn.first)
    // server_name and ALPN are in the head; a client has the same tail with and without.
    let kept = hello.extensions.filter { $0 != 0 && $0 != 16 }.map(hexadecimal).sorted()
    let signatures = hello.signatureAlgorithms.map(hexadecimal)
    var tail = kept.joined(separator: ",")
    if !signatures.isEmpty { tail += "_" + signatures.joined(separator: ",") }
    return head + "_" + digest(ciphers.sorted().joined(separator: ",")) + "_"
      + digest(hello.extensions.isEmpty ? "" : tail)
  }

  private static func word(version: UInt16) -> String {
    switch version {
    case 0x0304: "13"
    case 0x0303: "12"
    case 0x0302: "11"
    case 0x0301: "10"
    case 0x0300: "s3"
    case 0x0002: "s2"
    default: "00"
    }
  }

  /// Two digits; more than 99 are 99.
  private static func count(_ number: Int) -> String {
    let text = String(min(number, 99))
    return text.utf8.count < 2 ? "0" + text : text
  }

  /// First and last character of the first protocol offered, or of its bytes in hexadecimal.
  private static func ends(of name: ArraySlice<UInt8>?) -> String {
    guard let name, let first = name.first, let last = name.last else { return "00" }
    guard isAlphanumeric(first), isAlphanumeric(last) else {
      let digits = Array("0123456789abcdef".utf8)
      return String(decoding: [digits[Int(first >> 4)], digits[Int(last & 15)]], as: UTF8.self)
    }
    return String(decoding: [first, last], as: UTF8.self)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func digest(_ text: String) -> String {
    text.isEmpty ? "000000000000" : SHA256.hexadecimal(Array(text.utf8), characters: 12)
  }

  private static func hexadecimal(_ number: UInt16) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 4 - text.utf8.count) + text
  }
}
