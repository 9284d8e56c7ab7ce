// SPDX-License-Identifier: Apache-2.0

import Testing
@testable import Trace
import Wire

@Suite("Redaction")
struct RedactionTests {
  private let redaction = TraceRedaction(salt: (1, 2, 3, 4))

  private func redacted(_ bytes: [UInt8], by redaction: TraceRedaction) throws -> Reading {
    var source = try TraceReader(bytes: bytes, name: "source")
    var target = try TraceWriter(toMemory: .native, header: redaction.apply(source.header))
    _ = try TraceConversion.copy(&source, to: &target, redaction: redaction)
    return Reading(try target.finishedBytes())
  }

  // The reference implementation's vectors: key 00 01 … 0f, input 00 01 … of the given length.
  @Test(
    "SipHash-2-4 gives the reference values",
    arguments: [
      (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (8, 0x93f5_f579_9a93_2462),
      (15, 0xa129_ca61_49be_45e5),
    ] as [(UInt8, UInt64)])
  func vectors(length: UInt8, expected: UInt64) {
    let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
    #expect(hash.hash(Array(0..<length)) == expected)
  }

  @Test("No argument, first byte or name is left, and the header says so")
  func nothingLeft() throws {
    let reading = try redacted(trace(everyLine), by: redaction)
    #expect(reading.error == nil)
    #expect(reading.header?.isRedacted == true)
    #expect(reading.counts[.head] == 0)
    #expect(reading.counts[.name] == 0)
    #expect(reading.footer?.events == UInt64(everyLine.count - 3))
    for case .process(let process) in reading.events {
      for argument in process.facts.arguments ?? [] {
        #expect(argument.bytes.count == 18)
        #expect(argument.bytes.starts(with: "h:".utf8))
      }
    }
  }

  @Test("The example visit keeps its shape under other addresses")
  func visit() throws {
    let reading = try redacted(Array(exampleVisit.utf8), by: redaction)
    guard case .connect(let connect) = reading.events[1],
      case .connected(let connected) = reading.events[2],
      case .closed(let closed) = reading.events[4]
    else {
      Issue.record("other events")
      return
    }
    #expect(connect.remote.address.ipv4 >> 28 == 15)
    #expect(connect.remote.port == 443)
    #expect(closed.remote == connect.remote)
    #expect(connected.local == closed.local)
    #expect(closed.local.address != closed.remote.address)

    let other = try redacted(
      Array(exampleVisit.utf8), by: TraceRedaction(salt: (5, 6, 7, 8)))
    guard case .connect(let second) = other.events[1] else { return }
    #expect(second.remote != connect.remote)
  }

  @Test(
    "An address keeps its scope",
    arguments: [
      ("10.1.2.3", "10."), ("192.168.7.1", "192.168."), ("169.254.3.3", "169.254."),
      ("fd12::1", "fd"), ("fe80::1%4", "fe80::"), ("2a00::1", "2001:db8:"),
    ])
  func scope(text: String, prefix: String) throws {
    let address = try #require(IPAddress(text: text))
    let result = AddressRedaction(hash: SipHash(key: (9, 9))).apply(address)
    #expect(result != address)
    #expect(result.description.hasPrefix(prefix))
    #expect(result.scopeID == address.scopeID)
  }

  @Test(
    "Addresses that tell nothing stay",
    arguments: ["127.0.0.1", "0.0.0.0", "::", "::1", "224.0.0.251", "ff02::1", "255.255.255.255"])
  func unchanged(text: String) throws {
    let address = try #require(IPAddress(text: text))
    #expect(AddressRedaction(hash: SipHash(key: (9, 9))).apply(address) == address)
  }

  @Test("Within a private range no two addresses become one")
  func permutation() {
    let redaction = AddressRedaction(hash: SipHash(key: (9, 9)))
    var seen: Set<UInt32> = []
    for host in 0..<UInt32(1 << 16) {
      seen.insert(redaction.apply(IPAddress(ipv4: 0xc0a8_0000 | host)).ipv4)
    }
    #expect(seen.count == 1 << 16)
    #expect(seen.allSatisfy { $0 >> 16 == 0xc0a8 })
  }
}
