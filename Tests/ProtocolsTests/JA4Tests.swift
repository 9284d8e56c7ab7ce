// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Protocols

// Expected values from https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md.
@Suite("JA4")
struct JA4Tests {
  /// A hello with these parts; extensions are (type, content).
  private func hello(
    ciphers: [UInt16], extensions: [(UInt16, [UInt8])], version: UInt16 = 0x0303
  ) -> [UInt8] {
    var body = bytes(version) + [UInt8](repeating: 7, count: 32) + [0]
    body += bytes(UInt16(2 * ciphers.count)) + ciphers.flatMap(bytes) + [1, 0]
    let list = extensions.flatMap { bytes($0.0) + bytes(UInt16($0.1.count)) + $0.1 }
    body += bytes(UInt16(list.count)) + list
    let message = [1, 0] + bytes(UInt16(body.count)) + body
    return [22, 3, 1] + bytes(UInt16(message.count)) + message
  }

  private func bytes(_ number: UInt16) -> [UInt8] {
    [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  private func vector(_ content: [UInt8]) -> [UInt8] { bytes(UInt16(content.count)) + content }

  private func alpn(_ name: [UInt8]) -> [UInt8] { vector([UInt8(name.count)] + name) }

  @Test("The published example: Chrome's parts, in its own order and with GREASE")
  func publishedExample() throws {
    let signatures: [UInt16] = [
      0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
    ]
    let parts: [(UInt16, [UInt8])] = [
      (0x3a3a, []), (0x001b, []), (0x0000, vector([0] + vector(Array("a.test".utf8)))),
      (0x0033, []), (0x0010, alpn(Array("h2".utf8))), (0x4469, []), (0x0017, []), (0x002d, []),
      (0x000d, vector(signatures.flatMap(bytes))), (0x0005, []), (0x0023, []), (0x0012, []),
      (0x002b, [6, 0x9a, 0x9a, 3, 4, 3, 3]), (0xff01, []), (0x000b, []), (0x000a, []),
      (0xcaca, []), (0x0015, []),
    ]
    let reading = try #require(
      PayloadReader.read(
        hello(
          ciphers: [
            0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
            0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
          ], extensions: parts)))
    #expect(reading.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    #expect(reading.versions == [0x0304, 0x0303])
  }

  // The table under "ALPN Extension Value"; the last two are 0x30 0x31 … 0xab 0xcd in short.
  @Test(
    "ALPN's two characters",
    arguments: [
      ("6832", "h2"), ("687474702f312e31", "h1"), ("ab", "ab"), ("abcd", "ad"), ("30ab", "3b"),
      ("3031abcd", "3d"), ("303132ab", "3b"), ("30ab31cd", "3d"), ("30ab31", "01"), ("77", "ww"),
    ])
  func protocolEnds(name: String, expected: String) throws {
    let reading = try #require(
      PayloadReader.read(
        hello(ciphers: [0x1301], extensions: [(0x0010, alpn(RealBytes.bytes(name)))])))
    #expect(reading.ja4?.dropFirst(8).prefix(2) == Substring(expected))
  }

  @Test("No suites and no extensions hash to zeros; more than 99 count as 99")
  func limits() throws {
    let empty = try #require(PayloadReader.read(hello(ciphers: [], extensions: [])))
    #expect(empty.ja4 == "t12i000000_000000000000_000000000000")
    let many = try #require(
      PayloadReader.read(hello(ciphers: (1...120).map { $0 }, extensions: [])))
    #expect(many.ja4?.hasPrefix("t12i990000_") == true)
  }
}
