// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@testable import Protocols

@Suite("DNS answers")
struct DNSMessageTests {
  // Written by hand after RFC 1035, 4.1: www.Example.test is an alias of cdn.test, which has two
  // addresses; a third record belongs to another name.
  private static let aliased =
    "abcd8180" + "0001000400000000" + "03777777" + "074578616d706c65" + "0474657374" + "00"
    + "00010001"
    // 12: www.Example.test; CNAME, TTL 300, cdn.test by a pointer to "test" at 24
    + "c00c" + "00050001" + "0000012c" + "0006" + "0363646e" + "c018"
    // The alias's name stands at 46: A 192.0.2.7, TTL 60
    + "c02e" + "00010001" + "0000003c" + "0004" + "c0000207"
    // AAAA 2001:db8::7, TTL with the highest bit set
    + "c02e" + "001c0001" + "80000001" + "0010" + "20010db8000000000000000000000007"
    // other.test A 192.0.2.9
    + "056f74686572" + "c018" + "00010001" + "0000003c" + "0004" + "c0000209"

  private func message(_ hexadecimal: String) -> DNSMessage? {
    DNSMessage(RealBytes.bytes(hexadecimal)[...])
  }

  @Test("The addresses of an alias are those of the name that was asked for")
  func aliases() throws {
    let answer = try #require(message(Self.aliased))
    #expect(answer.isAnswer && answer.questionName == "www.example.test")
    #expect(answer.addresses.map { "\($0.address)" } == ["192.0.2.7", "2001:db8::7"])
    // RFC 2181, 8: such a TTL is 0.
    #expect(answer.addresses.map(\.ttlSeconds) == [60, 0])
  }

  @Test("Events carry the queried name, the namespace and the TTL")
  func events() throws {
    let record = AnswerRecord(
      time: KernelInstant(nanoseconds: 5), networkNamespace: 9,
      payload: RealBytes.bytes(Self.aliased))
    #expect(record.names.count == 2)
    let first = try #require(record.names.first)
    #expect(first.name.text == "www.example.test" && first.networkNamespace == 9)
    #expect(first.ttlSeconds == 60 && first.address == IPAddress(ipv4: 0xc000_0207))
  }

  @Test("A message cut anywhere gives no address that was not whole")
  func cut() throws {
    let whole = RealBytes.bytes(Self.aliased)
    for count in 0..<whole.count {
      let found = DNSMessage(whole.prefix(count))?.addresses ?? []
      #expect(found.count <= 2)
      #expect(found.allSatisfy { ["192.0.2.7", "2001:db8::7"].contains("\($0.address)") })
    }
  }

  @Test(
    "What is no answer to one question is refused or empty",
    arguments: [
      "", "abcd8180", "abcd8180" + "0002000000000000",
      // A name that points at itself, and one that points into the header.
      "abcd8180" + "0001000000000000" + "c00c" + "00010001",
      "abcd8180" + "0001000000000000" + "c000" + "00010001",
      // A label of 64 bytes has no length.
      "abcd8180" + "0001000000000000" + "40",
    ])
  func refused(bytes: String) {
    #expect(message(bytes) == nil)
  }

  @Test("An error and a query have no addresses")
  func withoutAddresses() throws {
    var bytes = RealBytes.bytes(Self.aliased)
    bytes[3] = 0x83  // NXDOMAIN
    #expect(DNSMessage(bytes[...])?.addresses.isEmpty == true)
    let query = try #require(
      message("12340100" + "0001000000000000" + "0161" + "00" + "00010001"))
    #expect(!query.isAnswer && query.questionName == "a" && query.addresses.isEmpty)
  }

  @Test("Bytes that would mislead are escaped")
  func escapes() throws {
    let answer = try #require(
      message("12348180" + "0001000000000000" + "03612e62" + "01ff" + "00" + "00010001"))
    #expect(answer.questionName == #"a\046b.\255"#)
  }
}
