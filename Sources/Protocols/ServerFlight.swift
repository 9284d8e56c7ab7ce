// SPDX-License-Identifier: Apache-2.0

/// How long a TLS server's handshake is, by the headers of its first records.
///
/// A record's header tells its length, be it captured whole or not. The first 256 bytes show the
/// ServerHello and the headers behind it, as far as the certificate's: in TLS 1.2 it follows at
/// once, in 1.3 behind the encrypted extensions where the server gives each message a record of its
/// own, as OpenSSL and Go do, and together with them where it does not, as BoringSSL.
enum ServerFlight {
  /// Less was captured than what usually holds two headers: nothing is concluded.
  private static let leastBytes = 160
  /// TLS 1.2 after the certificate: key exchange, status, done, ticket, Finished.
  private static let afterCertificate: UInt64 = 4_096
  /// TLS 1.3 without a certificate: extensions, Finished, two tickets.
  private static let resumed: UInt64 = 2_048
  /// TLS 1.3 after the certificate: its proof (RSA 4096: 0.5 KiB), Finished, two tickets.
  private static let afterEncryptedCertificate: UInt64 = 1_536
  /// Certificates are longer; encrypted extensions, and the list of authorities in a request for the
  /// client's certificate, are shorter for most.
  private static let leastCertificate: UInt64 = 1_024

  static func bound(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    guard bytes.count >= leastBytes, let hello = ServerHello(bytes) else { return nil }
    if hello.isVersion13 {
      return hello.isResumed ? hello.recordBytes + resumed : encryptedCertificate(bytes)
    }
    var cursor = ByteCursor(bytes)
    var total: UInt64 = 0
    var records = 0
    var isChanged = false
    while let type = cursor.byte(), type == 22 || type == 20, cursor.number16() != nil,
      let length = cursor.number16()
    {
      total += 5 + UInt64(length)
      records += 1
      // What follows the change of cipher is the server's Finished: the end of a resumption.
      if isChanged { return total }
      if type == 20 { isChanged = true }
      let rest = cursor.rest.count
      _ = cursor.takeSome(Int(length))
      if rest < Int(length) { break }
    }
    return records > 1 || total > UInt64(bytes.count) ? total + afterCertificate : nil
  }

  /// As far as the first encrypted record that is longer than what was captured of it.
  ///
  /// That one holds the certificate. Nil where none is seen, or where it fills its record and may
  /// go on in the next.
  private static func encryptedCertificate(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    var cursor = ByteCursor(bytes)
    var total: UInt64 = 0
    while let type = cursor.byte(), (20...23).contains(type), cursor.number16() != nil,
      let length = cursor.number16()
    {
      total += 5 + UInt64(length)
      let rest = cursor.rest.count
      _ = cursor.takeSome(Int(length))
      guard rest < Int(length) else { continue }
      guard type == 23, length >= leastCertificate, length < 1 << 14 else { return nil }
      return total + afterEncryptedCertificate
    }
    return nil
  }
}

/// The parts of a ServerHello (RFC 8446, 4.1.3) that say whether a certificate follows.
private struct ServerHello {
  private(set) var isVersion13 = false
  private(set) var isResumed = false
  let recordBytes: UInt64

  init?(_ bytes: ArraySlice<UInt8>) {
    var record = ByteCursor(bytes)
    guard record.byte() == 22, record.number16() != nil, let length = record.number16() else {
      return nil
    }
    recordBytes = 5 + UInt64(length)
    var message = ByteCursor(record.takeSome(Int(length)))
    guard message.byte() == 2, message.number24() != nil, message.number16() != nil,
      message.take(32) != nil, message.vector8() != nil, message.number16() != nil,
      message.byte() != nil
    else { return nil }
    guard let extensions = message.vector16() else { return }
    var list = ByteCursor(extensions)
    while let type = list.number16(), let content = list.vector16() {
      switch type {
      case 41: isResumed = true
      case 43: isVersion13 = content.elementsEqual([3, 4])
      default: break
      }
    }
  }
}
