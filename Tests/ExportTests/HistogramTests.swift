// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Histograms")
struct HistogramTests {
  @Test("A value on a bound counts below it, as Prometheus' le (less or equal) says")
  func onBound() {
    var histogram = Histogram(bounds: .visitsToFinding)
    for value in [10, 10.5, 100, 101] as [Double] { histogram.observe(value) }
    #expect(histogram.cumulativeCounts.map(\.count) == [0, 1, 2, 2, 3, 4])
    #expect(histogram.count == 4)
    #expect(histogram.sum == 221.5)
  }

  @Test("A negative value counts as zero and NaN not at all, so the sum never falls")
  func odd() {
    var histogram = Histogram(bounds: .eventDelay)
    histogram.observe(-1)
    histogram.observe(.nan)
    #expect(histogram.count == 1)
    #expect(histogram.sum == 0)
  }
}
