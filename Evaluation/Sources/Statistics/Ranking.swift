// SPDX-License-Identifier: Apache-2.0

/// Order statistics and rankings.
public enum Ranking {
  /// The `share` quantile by linear interpolation, as numpy's default; nil of nothing.
  public static func quantile(_ share: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }

  /// The chance that a positive scores above a negative, ties counting half (Mann and Whitney).
  public static func areaUnderCurve(positive: [Double], negative: [Double]) -> Double? {
    guard !positive.isEmpty, !negative.isEmpty else { return nil }
    let sorted = negative.sorted()
    var wins = 0.0
    for score in positive {
      let below = lowerBound(sorted, score)
      let through = upperBound(sorted, score)
      wins += Double(below) + Double(through - below) / 2
    }
    return wins / (Double(positive.count) * Double(negative.count))
  }

  /// Average precision over alerts in falling order of score, `total` positives in all.
  ///
  /// Equal scores enter together. Positives that were never alerted count as not recalled.
  public static func averagePrecision(
    _ alerts: [(score: Double, isPositive: Bool)], total: Int
  ) -> Double? {
    guard total > 0 else { return nil }
    let sorted = alerts.sorted { $0.score > $1.score }
    var area = 0.0
    var hits = 0
    var seen = 0
    var index = 0
    while index < sorted.count {
      let score = sorted[index].score
      let before = hits
      while index < sorted.count, sorted[index].score == score {
        hits += sorted[index].isPositive ? 1 : 0
        seen += 1
        index += 1
      }
      area += Double(hits - before) / Double(total) * Double(hits) / Double(seen)
    }
    return area
  }

  private static func lowerBound(_ sorted: [Double], _ value: Double) -> Int {
    partition(sorted) { $0 < value }
  }

  private static func upperBound(_ sorted: [Double], _ value: Double) -> Int {
    partition(sorted) { $0 <= value }
  }

  private static func partition(_ sorted: [Double], _ isBefore: (Double) -> Bool) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
