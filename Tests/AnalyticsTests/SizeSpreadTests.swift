// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Analytics

@Suite("Payload similarity")
struct SizeSpreadTests {
  private func spread(_ sizes: [UInt64]) -> SizeSpread<16> {
    var result = SizeSpread<16>()
    for size in sizes { result.note(size) }
    return result
  }

  @Test("The spread is the median absolute deviation over the median")
  func formula() {
    // Median 100; deviations 0 10 20 0 100, their median 10.
    #expect(spread([100, 110, 80, 100, 200]).ratio == 0.1)
    // Even count: median 105, deviations 5 5 5 15, their median 5.
    #expect(spread([100, 110, 100, 120]).ratio == 5.0 / 105)
  }

  @Test("One odd size among sixteen does not move it")
  func robust() {
    #expect(spread([UInt64](repeating: 517, count: 15) + [4_000_000]).ratio == 0)
  }

  @Test("Fewer than four sizes, or nothing sent, say nothing")
  func unknown() {
    #expect(spread([1, 1, 1]).ratio == nil)
    #expect(spread([0, 0, 0, 0]).ratio == nil)
  }

  @Test("Only the last sixteen count")
  func ring() {
    let sizes = [UInt64](repeating: 9, count: 50) + [UInt64](repeating: 500, count: 16)
    #expect(spread(sizes).all == [UInt64](repeating: 500, count: 16))
  }
}
