// SPDX-License-Identifier: Apache-2.0

import Peers
import Randomness
import Testing
import Traffic

@Suite struct PeersTests {
  private static let minute = (0..<1_440).map { Double($0) * 60 }

  /// Every part is 1: equal pauses, equal sizes, all 24 bins even, all of the window covered.
  @Test func `a perfect beacon has RITA's full score`() {
    let score = RITAScore.score(
      times: Self.minute, sizes: Self.minute.map { _ in 500 }, window: 0...86_400)
    #expect(score == 1)
  }

  /// RITA wants four different seconds.
  @Test func `three connections are not scored`() {
    #expect(RITAScore.score(times: [0, 60, 120], sizes: [1, 1, 1], window: 0...86_400) == 0)
  }

  @Test func `a perfect beacon of a minute has Elastic's three points, in ten minutes none`() {
    let sizes = Self.minute.map { _ in 500.0 }
    let whole = ElasticBeaconing(
      times: Self.minute, sent: sizes, received: sizes, end: 86_400)
    #expect(whole.score == 3)
    let short = ElasticBeaconing(
      times: Array(Self.minute.prefix(10)), sent: Array(sizes.prefix(10)),
      received: Array(sizes.prefix(10)), end: 601)
    #expect(short.score == 0)
  }

  @Test func `rules on intervals need their least number of them`() {
    #expect(SimpleRules.flareShare(Array(Self.minute.prefix(11))) == nil)
    #expect(SimpleRules.flareShare(Array(Self.minute.prefix(13))) == 100)
    #expect(SimpleRules.variation(Array(Self.minute.prefix(10))) == nil)
    #expect(SimpleRules.variation(Array(Self.minute.prefix(11))) == 0)
    #expect(SimpleRules.sentinel(Self.minute))
    // At 300 s an hour holds twelve pauses, and thirty are asked for.
    #expect(!SimpleRules.sentinel((0..<288).map { Double($0) * 300 }))
  }
}
