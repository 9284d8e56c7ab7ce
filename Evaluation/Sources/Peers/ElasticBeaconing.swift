// SPDX-License-Identifier: Apache-2.0

/// Elastic's network beaconing transform (integrations, v1.3.3) by its described behaviour.
///
/// Six hours in 360 buckets of a minute; counts, bytes sent and bytes received. One point each for
/// steady or periodic counts, steady bytes out, steady bytes in.
public struct ElasticBeaconing: Hashable, Sendable {
  public private(set) var score = 0

  private static let bucket = 60.0
  private static let buckets = 360
  private static let leastPeriods = 6

  /// `end` is the moment of the run, in seconds; rows outside the six hours before it do not count.
  public init(times: [Double], sent: [Double], received: [Double], end: Double) {
    var counts = [Double](repeating: 0, count: Self.buckets)
    var out = counts
    var back = counts
    for index in times.indices {
      let place = Int((end - times[index]) / Self.bucket)
      guard place >= 0, place < Self.buckets else { continue }
      counts[place] += 1
      out[place] += sent[index]
      back[place] += received[index]
    }
    for place in counts.indices where counts[place] > 0 {
      out[place] /= counts[place]
      back[place] /= counts[place]
    }
    guard let first = counts.firstIndex(where: { $0 > 0 }),
      let last = counts.lastIndex(where: { $0 > 0 })
    else { return }
    let used = counts.count { $0 > 0 }
    let range = first..<(last + 1)
    guard range.count >= 2 * Self.leastPeriods, used >= Self.leastPeriods + 1 else { return }
    func isSteady(_ values: [Double], within ratio: Double) -> Bool {
      let moments = Self.trimmed(values, range)
      return moments.variance.squareRoot() <= ratio * abs(moments.mean)
    }
    func isOftenSet(_ values: [Double]) -> Bool {
      range.count { values[$0] != 0 } > Self.leastPeriods
    }
    let isFull = used > range.count / 2
    let isPeriodic =
      (isFull && isSteady(counts, within: 0.1)) || Self.autocorrelation(counts, range) >= 0.7
    score = (isPeriodic ? 1 : 0)
    if isOftenSet(out), isSteady(out, within: 0.05) { score += 1 }
    if isOftenSet(back), isSteady(back, within: 0.05) { score += 1 }
  }

  /// Mean and variance of the values between the 10th and 80th percentile of those that are set.
  private static func trimmed(
    _ values: [Double], _ range: Range<Int>
  ) -> (mean: Double, variance: Double) {
    let set = values.filter { $0 != 0 }.sorted()
    guard !set.isEmpty else { return (0, 0) }
    func percentile(_ share: Double) -> Double {
      set[min(Int(share * Double(set.count) + 0.5), set.count - 1)]
    }
    let low = percentile(0.1)
    let high = percentile(0.8)
    let kept = range.map { values[$0] }.filter { $0 >= low && $0 <= high }
    guard !kept.isEmpty else { return (0, 0) }
    let mean = kept.reduce(0, +) / Double(kept.count)
    let squares = kept.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(kept.count))
  }

  /// The largest autocorrelation over periods of 2 buckets to a sixth of the range.
  private static func autocorrelation(_ counts: [Double], _ range: Range<Int>) -> Double {
    let longest = range.count / leastPeriods
    guard longest >= 2 else { return -.infinity }
    var correlation = [Double](repeating: 0, count: longest + 1)
    var seen = [Int](repeating: 0, count: longest + 1)
    for period in 2...longest {
      let end = range.upperBound - 2 * period
      let divisors = (2..<max(period / 2, 2)).filter { period.isMultiple(of: $0) }
      var lefts = [Double](repeating: 0, count: period + 1)
      var rights = lefts
      var crosses = lefts
      let mean = Self.mean(counts, range.lowerBound + period, period, end: end)
      var start = range.lowerBound
      while start < end + 1 {
        let sums = Self.products(counts, start, period, mean)
        for place in [period] + divisors {
          lefts[place] += sums.left
          rights[place] += sums.right
          crosses[place] += sums.cross
        }
        start += period
      }
      seen[period] += 1
      correlation[period] = Self.ratio(crosses[period], lefts[period] * rights[period])
      for divisor in divisors {
        let value = Self.ratio(crosses[divisor], lefts[divisor] * rights[divisor])
        let number = Double(seen[divisor] + 1)
        seen[divisor] += 1
        correlation[divisor] = ((number - 1) * correlation[divisor] + value) / number
      }
    }
    return correlation[2...].max() ?? -.infinity
  }

  private static func ratio(_ cross: Double, _ product: Double) -> Double {
    let root = product.squareRoot()
    return root == 0 ? 1 : cross / root
  }

  private static func mean(_ counts: [Double], _ from: Int, _ period: Int, end: Int) -> Double {
    let first = from - period
    let through = first + period * Int(Double(end + 1 - first) / Double(period))
    guard through > from else { return 0 }
    return counts[from..<through].reduce(0, +) / Double(through - from)
  }

  private static func products(
    _ counts: [Double], _ start: Int, _ period: Int, _ mean: Double
  ) -> (left: Double, right: Double, cross: Double) {
    var left = 0.0
    var right = 0.0
    var cross = 0.0
    for place in (start + period)..<(start + 2 * period) {
      let now = counts[place] - mean
      let before = counts[place - period] - mean
      left += now * now
      right += before * before
      cross += before * now
    }
    return (left, right, cross)
  }
}
