// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// SHA-256 from the system's libcrypto: names of findings and keys of inline code.
public enum SHA256 {
  /// The 32 bytes of the digest of `bytes`.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe result.withUnsafeMutableBufferPointer { output in
        // SAFETY: `output` has SHA256_DIGEST_LENGTH bytes and both pointers outlive the call; an
        // empty input has no address, and none is read at length 0.
        _ = unsafe CCrypto.SHA256(input.baseAddress, input.count, output.baseAddress)
      }
    }
    return result
  }

  /// The digest's first `characters` in lower-case hexadecimal, at most 64.
  public static func hexadecimal(_ bytes: [UInt8], characters: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in digest(bytes) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text.prefix(characters), as: UTF8.self)
  }

  /// The digest's first `characters` in lower-case Crockford base32, at most 51.
  ///
  /// That alphabet leaves out i, l, o and u: ids are read aloud and typed.
  public static func crockford(_ bytes: [UInt8], characters: Int) -> String {
    let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var text: [UInt8] = []
    var pending = 0
    var bits = 0
    for byte in digest(bytes) {
      pending = (pending & 31) << 8 | Int(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(digits[pending >> bits & 31])
      }
    }
    return String(decoding: text.prefix(characters), as: UTF8.self)
  }
}
