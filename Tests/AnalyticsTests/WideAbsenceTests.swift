// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Analytics

@Suite("Wide keys that nobody watched for a while")
struct WideAbsenceTests {
  @Test("What was missed is no evidence, whichever address the first visit after it is to")
  func absence() throws {
    let network = Destination.network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)
    let key = Pair(subject: .none, destination: network)
    func request(_ host: Int, at seconds: Double) -> Request {
      let remote = EventScript.endpoint("203.0.113.\(host):443")
      return Request(
        kind: .connect, time: EventScript.instant(seconds),
        pair: Pair(subject: .none, destination: Destination(remote, seenIn: 0)),
        image: EventScript.image(100), socket: SocketID(cookie: UInt64(seconds), generation: 0),
        origin: .connect, opener: nil, local: EventScript.local, remote: remote)
    }
    for next in [1, 2] {
      var wide = WideBeacons(settings: BeaconSettings())
      for time in [3_600.0, 7_200, 10_800] { _ = wide.record(request(1, at: time), at: time) }
      let slot = try #require(wide.young.slot(of: key))
      #expect(wide.young[slot].requests == 3)
      // Of the interval of three hours that ends now, nobody watched one.
      wide.young[slot].note(absence: 3_600)
      _ = wide.record(request(next, at: 21_600), at: 21_600)
      let after = try #require(wide.young.slot(of: key))
      #expect(wide.young[after].requests == 1)
    }
  }
}
