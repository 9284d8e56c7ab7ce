// SPDX-License-Identifier: Apache-2.0

import Flows
import Testing
import Wire

@Suite("Destination scopes")
struct ScopeTests {
  @Test(
    "Each range of the RFCs, at both ends",
    arguments: [
      ("127.0.0.1", DestinationScope.loopback), ("0.0.0.0", .loopback), ("::1", .loopback),
      ("169.254.169.254", .linkLocal), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
      ("10.0.0.0", .private), ("10.255.255.255", .private), ("172.16.0.0", .private),
      ("172.31.255.255", .private), ("192.168.1.1", .private), ("100.64.0.0", .private),
      ("100.127.255.255", .private), ("fc00::1", .private), ("fdff::1", .private),
      ("9.255.255.255", .external), ("11.0.0.0", .external), ("172.15.255.255", .external),
      ("172.32.0.0", .external), ("100.63.255.255", .external), ("100.128.0.0", .external),
      ("192.169.0.1", .external), ("2001:db8::1", .external), ("fe00::1", .external),
      ("fec0::1", .external), ("::2", .external), ("::ffff:10.1.1.1", .private),
    ])
  func ranges(text: String, scope: DestinationScope) throws {
    #expect(DestinationScope(try #require(IPAddress(text: text))) == scope)
  }
}
