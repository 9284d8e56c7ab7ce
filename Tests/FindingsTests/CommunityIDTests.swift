// SPDX-License-Identifier: Apache-2.0

import EventScript
import Testing

@testable import Findings

@Suite("Community ID")
struct CommunityIDTests {
  /// The specification's own TCP examples for IPv4 and IPv6, Zeek's test, and one made with Python's
  /// hashlib.
  @Test(
    "It is what the specification says, whichever end asks",
    arguments: [
      ("128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
      ("1.2.3.4:1122", "5.6.7.8:3344", "1:wCb3OG7yAFWelaUydu0D+125CLM="),
      (
        "[2001:db8::1]:40001", "[2001:db8:ffff::9]:443", "1:klrL+GwrQPHaJTgmnuS9tBvTi08="
      ),
      (
        "[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943", "[2607:f8b0:400c:c03::1a]:25",
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="
      ),
    ])
  func vectors(local: String, remote: String, expected: String) {
    let (here, there) = (EventScript.endpoint(local), EventScript.endpoint(remote))
    #expect(CommunityID.tcp(here, there) == expected)
    #expect(CommunityID.tcp(there, here) == expected)
  }

  @Test("An unknown port has none")
  func unknown() {
    #expect(
      CommunityID.tcp(EventScript.endpoint("192.0.2.10:0"), EventScript.endpoint("192.0.2.1:80"))
        == nil)
  }
}
