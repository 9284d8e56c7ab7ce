// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@Suite("Addresses as text")
struct AddressTextTests {
  @Test(
    "RFC 5952's own examples are written as it says",
    arguments: [
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8::0001", "2001:db8::1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::", "::"), ("::1", "::1"),
      ("1::", "1::"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%3", "fe80::1%3"),
      ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
  func canonical(text: String, expected: String) throws {
    let address = try #require(IPAddress(text: text))
    #expect(address.description == expected)
  }

  @Test(
    "What is no address is refused",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.+4", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "12345::", "g::", "+1::", "::1.2.3", "1.2.3.4::", "fe80::1%",
      "1:2:3:4:5:6:7:8::", ":1::",
    ])
  func refused(text: String) {
    #expect(IPAddress(text: text) == nil)
  }

  @Test("Endpoints keep IPv6 in brackets")
  func endpoints() throws {
    for text in ["192.0.2.10:0", "[2001:db8::1]:443", "[fe80::1%2]:22"] {
      #expect(Endpoint(text: text)?.description == text)
    }
    for text in ["192.0.2.10", "192.0.2.10:65536", "2001:db8::1:443", "[192.0.2.1]:1", "[::1]"] {
      #expect(Endpoint(text: text) == nil)
    }
  }
}
