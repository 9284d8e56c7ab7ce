// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Addresses to listen on")
struct ListenAddressTests {
  @Test(
    "Numeric addresses and socket paths are read and written alike",
    arguments: ["127.0.0.1:10079", "[::1]:0", "0.0.0.0:65535", "unix:/run/halfwire/metrics.sock"])
  func roundTrip(text: String) throws {
    #expect(try ListenAddress(text: text).description == text)
  }

  @Test(
    "Anything else is refused, names too, because looking one up asks the network",
    arguments: [
      "", ":10079", "10079", "localhost:10079", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
      "127.0.0.1:-1", "127.0.0.1:+1", "::1:10079", "[::1]", "[127.0.0.1]:1", "127.1:80",
      "unix:relative", "unix:", "http://127.0.0.1:1", "[::1:1", "[fe80::1%lo]:1",
    ])
  func refused(text: String) {
    #expect(throws: MetricsServerError.invalidAddress(text)) { try ListenAddress(text: text) }
  }

  // unix(7): sun_path has 108 bytes, one of them for the terminating zero.
  @Test("A socket path may have 107 bytes")
  func pathLength() throws {
    let longest = "/" + String(repeating: "a", count: 106)
    #expect(try ListenAddress(text: "unix:" + longest) == .unix(path: longest))
    #expect(throws: MetricsServerError.pathTooLong(longest + "a", limit: 107)) {
      try ListenAddress(text: "unix:" + longest + "a")
    }
  }

  @Test(
    "Loopback is 127.0.0.0/8, ::1, the first mapped into IPv6, and Unix sockets",
    arguments: [
      ("127.0.0.1:1", true), ("127.255.0.9:1", true), ("[::1]:1", true),
      ("[::ffff:127.0.0.1]:1", true), ("unix:/x", true), ("0.0.0.0:1", false), ("[::]:1", false),
      ("192.0.2.1:1", false), ("[::ffff:192.0.2.1]:1", false), ("[2001:db8::1]:1", false),
      ("128.0.0.1:1", false),
    ])
  func loopback(text: String, expected: Bool) throws {
    #expect(try ListenAddress(text: text).isLoopback == expected)
  }
}
