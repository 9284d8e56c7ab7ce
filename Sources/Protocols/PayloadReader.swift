// SPDX-License-Identifier: Apache-2.0

/// Tells protocols by their first bytes, whatever the port.
///
/// The bytes are a stranger's: any input gives an answer.
public enum PayloadReader {
  /// Envelopes (a PROXY header, a CONNECT) around each other, at most.
  private static let depthLimit = 4
  /// So many bytes of something unknown will not turn into something known.
  private static let unknownBytes = 24

  /// What the bytes from a stream's beginning on say; nil for none.
  public static func read(_ bytes: [UInt8]) -> PayloadReading? {
    read(bytes[...], depth: 0)
  }

  static func read(_ bytes: ArraySlice<UInt8>, depth: Int) -> PayloadReading? {
    guard !bytes.isEmpty, depth < depthLimit else { return nil }
    return proxyHeader(bytes, depth: depth)
      ?? ClientHello.read(bytes)
      ?? HTTPReading.read(bytes, depth: depth)
      ?? postgres(bytes, depth: depth)
      ?? banner(bytes)
      ?? dns(bytes)
      ?? unknown(bytes)
  }

  // The PROXY protocol, https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
  private static let proxySignature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]

  private static func proxyHeader(_ bytes: ArraySlice<UInt8>, depth: Int) -> PayloadReading? {
    var cursor = ByteCursor(bytes)
    if bytes.starts(withText: "PROXY ") {
      // Version 1 is a line of at most 107 bytes.
      guard let end = bytes.prefix(107).firstIndex(of: 0x0a) else {
        return enveloped(nil)
      }
      return enveloped(read(bytes[bytes.index(after: end)...], depth: depth + 1))
    }
    guard bytes.starts(with: proxySignature) else { return nil }
    _ = cursor.take(proxySignature.count + 2)
    guard cursor.vector16() != nil else { return enveloped(nil) }
    return enveloped(read(cursor.rest, depth: depth + 1))
  }

  private static func enveloped(_ inner: PayloadReading?) -> PayloadReading {
    var reading = inner ?? PayloadReading(.text)
    reading.hasProxyHeader = true
    return reading
  }

  // PostgreSQL, "Message Formats": SSLRequest, GSSENCRequest, and a StartupMessage of version 3.
  private static func postgres(_ bytes: ArraySlice<UInt8>, depth: Int) -> PayloadReading? {
    var cursor = ByteCursor(bytes)
    guard let length = cursor.number32(), let code = cursor.number32() else { return nil }
    switch (length, code) {
    case (8, 80_877_103), (8, 80_877_104):
      // TLS follows when the server agrees.
      var reading = read(cursor.rest, depth: depth + 1) ?? PayloadReading(.postgres)
      reading.application = .postgres
      return reading
    case (9...10_000, 0x0003_0000...0x0003_0002):
      return complete(.postgres)
    default: return nil
    }
  }

  private static func banner(_ bytes: ArraySlice<UInt8>) -> PayloadReading? {
    // RFC 4253, 4.2.
    if bytes.starts(withText: "SSH-") { return complete(.ssh) }
    let line = bytes.prefix { $0 != 0x0a }.printable.uppercased()
    // RFC 5321, 4.1.1.1 and RFC 959, 4.1.1: what a client says first.
    if ["EHLO ", "HELO ", "LHLO "].contains(where: { line.hasPrefix($0) }) {
      return complete(.smtp)
    }
    if line.hasPrefix("USER "), line.hasSuffix("?") { return complete(.ftp) }
    // Both servers greet with 220; the text is free, and usually says which.
    guard line.hasPrefix("220 ") || line.hasPrefix("220-") else { return nil }
    if line.contains("SMTP") { return complete(.smtp) }
    if line.contains("FTP") { return complete(.ftp) }
    return nil
  }

  // RFC 1035, 4.2.2: a message behind its length.
  private static func dns(_ bytes: ArraySlice<UInt8>) -> PayloadReading? {
    var cursor = ByteCursor(bytes)
    guard let length = cursor.number16(), length >= 17,
      let message = DNSMessage(cursor.takeSome(Int(length)))
    else { return nil }
    var reading = complete(.dns)
    reading.question = message.questionName
    return reading
  }

  private static func unknown(_ bytes: ArraySlice<UInt8>) -> PayloadReading {
    let isText = bytes.allSatisfy { (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) }
    var reading = PayloadReading(isText || isUTF8(bytes) ? .text : .binary)
    reading.isComplete = bytes.count >= unknownBytes
    return reading
  }

  /// Valid UTF-8 without control characters; a cut inside the last character is no fault.
  private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard !bytes.contains(where: { $0 < 0x20 && !(0x09...0x0d).contains($0) || $0 == 0x7f }) else {
      return false
    }
    return (0...3).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
  }

  private static func complete(_ application: ApplicationProtocol) -> PayloadReading {
    var reading = PayloadReading(application)
    reading.isComplete = true
    return reading
  }
}
