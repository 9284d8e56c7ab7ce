// SPDX-License-Identifier: Apache-2.0

internal import CCrypto

/// A digest of bytes that come in pieces; owns one libcrypto context.
@safe public struct DigestStream: ~Copyable {
  /// What package databases record; only SHA-256 is chosen by us.
  public enum Algorithm: Sendable {
    case md5, sha1, sha224, sha256, sha384, sha512
  }

  private let context: OpaquePointer

  /// Nil where libcrypto refuses the algorithm, as one with FIPS rules does with MD5.
  public init?(_ algorithm: Algorithm) {
    // SAFETY: each call returns a constant of the library.
    let type =
      switch algorithm {
      case .md5: unsafe EVP_md5()
      case .sha1: unsafe EVP_sha1()
      case .sha224: unsafe EVP_sha224()
      case .sha256: unsafe EVP_sha256()
      case .sha384: unsafe EVP_sha384()
      case .sha512: unsafe EVP_sha512()
      }
    guard let created = unsafe EVP_MD_CTX_new() else { return nil }
    // SAFETY: the context was just made; no engine is asked for.
    guard unsafe EVP_DigestInit_ex(created, type, nil) == 1 else {
      unsafe EVP_MD_CTX_free(created)
      return nil
    }
    unsafe context = created
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    // SAFETY: the buffer outlives the call and is only read.
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
  }

  /// The digest; ends the stream.
  public mutating func bytes() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    // SAFETY: the library writes at most EVP_MAX_MD_SIZE bytes.
    _ = unsafe EVP_DigestFinal_ex(context, &result, &count)
    return Array(result.prefix(Int(count)))
  }

  /// The digest in lower-case hexadecimal; ends the stream.
  public mutating func hexadecimal() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self)
  }
}
