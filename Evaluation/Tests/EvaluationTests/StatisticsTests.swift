// SPDX-License-Identifier: Apache-2.0

import Statistics
import Testing

@Suite struct StatisticsTests {
  /// From the timing reference's own tables, and Brown, Cai and DasGupta (2001).
  @Test(arguments: [
    (300, 300, 0.987, 1.000), (294, 300, 0.957, 0.991), (0, 400, 0.000, 0.010),
    (2, 400, 0.001, 0.018), (213, 300, 0.656, 0.758),
  ])
  func `wilson intervals are those of published tables`(
    _ hits: Int, _ trials: Int, _ low: Double, _ high: Double
  ) {
    let interval = Share(hits, of: trials).interval
    #expect(abs(interval.lowerBound - low) < 0.000_6)
    #expect(abs(interval.upperBound - high) < 0.000_6)
  }

  @Test func `an area counts pairs, and ties as half`() {
    // Pairs: 3 beats both, 2 beats 1 and ties 2, 1 ties 1 and loses: (2 + 1.5 + .5) / 6.
    let area = Ranking.areaUnderCurve(positive: [3, 2, 1], negative: [1, 2])
    #expect(area == 4.0 / 6)
  }

  @Test func `average precision is the sum over recalled steps`() {
    // Precision 1 at the first, 2/3 at the third: (1 + 2/3) / 4, for two of four are never ranked.
    let alerts = [(0.9, true), (0.8, false), (0.7, true)].map { (score: $0.0, isPositive: $0.1) }
    let value = Ranking.averagePrecision(alerts, total: 4)
    #expect(abs((value ?? 0) - (1 + 2.0 / 3) / 4) < 1e-12)
  }

  @Test func `quantiles interpolate`() {
    #expect(Ranking.quantile(0.5, of: [4, 1, 3, 2]) == 2.5)
    #expect(Ranking.quantile(0.95, of: [0, 100]) == 95)
    #expect(Ranking.quantile(0.5, of: []) == nil)
  }
}
