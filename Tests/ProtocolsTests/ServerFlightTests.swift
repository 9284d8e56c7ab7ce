// SPDX-License-Identifier: Apache-2.0

import Protocols
import Testing

@Suite("The length of a TLS server's handshake, by its first records")
struct ServerFlightTests {
  /// A ServerHello record with the given extensions (RFC 8446, 4.1.3).
  private func serverHello(_ extensions: [UInt8]) -> [UInt8] {
    let session = [UInt8](repeating: 7, count: 32)
    let body: [UInt8] =
      [3, 3] + [UInt8](repeating: 9, count: 32) + [32] + session + [0x13, 0x01, 0]
      + [UInt8(extensions.count >> 8), UInt8(extensions.count & 255)] + extensions
    let message: [UInt8] = [2, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    return [22, 3, 3, UInt8(message.count >> 8), UInt8(message.count & 255)] + message
  }

  private static let version13: [UInt8] = [0, 43, 0, 2, 3, 4]
  private static let resumed: [UInt8] = [0, 41, 0, 2, 0, 0]
  private static let keyShare: [UInt8] =
    [0, 51, 0, 36, 0, 29, 0, 32] + [UInt8](repeating: 5, count: 32)

  private func bound(_ bytes: [UInt8]) -> UInt64? {
    PayloadReader.read(Array(bytes.prefix(256)))?.handshakeBytes
  }

  @Test("TLS 1.2 tells its certificate's length in a header")
  func certificate() {
    // A record of 3,000 bytes behind the hello; what follows it is not captured.
    let hello = serverHello([])
    let bytes = hello + [22, 3, 3, 0x0b, 0xb8] + [UInt8](repeating: 11, count: 400)
    #expect(bound(bytes) == UInt64(hello.count) + 5 + 3_000 + 4_096)
  }

  @Test("A resumed TLS 1.2 handshake ends with the record behind the change of cipher")
  func resumption() {
    let hello = serverHello([])
    let flight = hello + [20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 40] + [UInt8](repeating: 8, count: 40)
    let bytes = flight + [23, 3, 3, 0x10, 0] + [UInt8](repeating: 1, count: 200)
    #expect(bound(bytes) == UInt64(flight.count))
  }

  @Test("A resumed TLS 1.3 handshake has no certificate")
  func resumedVersion13() {
    let hello = serverHello(Self.version13 + Self.keyShare + Self.resumed)
    #expect(bound(hello + Self.change + encrypted(0x0f00)) == UInt64(hello.count) + 2_048)
  }

  private static let change: [UInt8] = [20, 3, 3, 0, 1, 1]

  private func encrypted(_ length: Int) -> [UInt8] {
    [23, 3, 3, UInt8(length >> 8), UInt8(length & 255)] + [UInt8](repeating: 2, count: length)
  }

  @Test("A full TLS 1.3 handshake shows how long its certificate's record is")
  func version13() {
    let hello = serverHello(Self.version13 + Self.keyShare)
    // Extensions and certificate in records of their own, then in one.
    let apart = hello + Self.change + encrypted(27)
    #expect(bound(apart + encrypted(3_000)) == UInt64(apart.count) + 5 + 3_000 + 1_536)
    let joined = hello + Self.change
    #expect(bound(joined + encrypted(4_000)) == UInt64(joined.count) + 5 + 4_000 + 1_536)
  }

  @Test("A TLS 1.3 certificate out of sight, or one that fills its record, tells nothing")
  func unseenCertificate() {
    let hello = serverHello(Self.version13 + Self.keyShare)
    // The capture ends within the extensions, behind them, and a chain goes on in a second record.
    #expect(bound(hello + Self.change + encrypted(200)) == nil)
    let length = 256 - hello.count - Self.change.count - 5
    #expect(bound(hello + Self.change + encrypted(length) + encrypted(3_000)) == nil)
    #expect(bound(hello + Self.change + encrypted(16_384) + encrypted(900)) == nil)
  }

  @Test("A request for the client's certificate is not taken for the server's")
  func clientCertificate() {
    let hello = serverHello(Self.version13 + Self.keyShare)
    // Extensions, a request with names of three authorities, and the certificate.
    let bytes = hello + Self.change + encrypted(40) + encrypted(320) + encrypted(3_000)
    #expect(bound(bytes) == nil)
    #expect(bound(hello + Self.change + encrypted(1_023)) == nil)
    let least = hello + Self.change + encrypted(1_024)
    #expect(bound(least) == UInt64(least.count) + 1_536)
  }

  @Test("Too few bytes, a client's hello and no TLS tell nothing")
  func nothing() {
    #expect(bound(Array((serverHello([]) + [22, 3, 3, 0x0b, 0xb8]).prefix(120))) == nil)
    #expect(bound([22, 3, 1, 0, 200, 1, 0, 0, 196] + [UInt8](repeating: 0, count: 240)) == nil)
    #expect(bound(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)) == nil)
  }
}
