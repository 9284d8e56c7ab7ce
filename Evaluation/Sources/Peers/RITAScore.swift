// SPDX-License-Identifier: Apache-2.0

/// RITA v5's beacon score of one pair, by its described behaviour and default configuration.
///
/// Four parts of a quarter each: regularity of intervals, of sizes, share of the window covered,
/// and evenness over 24 bins. RITA needs four different seconds; what it would drop scores 0.
public enum RITAScore {
  /// Connections from which RITA calls a pair a strobe and does not score it.
  public static let strobe = 86_400

  /// - Parameters:
  ///   - times: connection starts in seconds; fractions are dropped, as RITA stores whole seconds.
  ///   - sizes: bytes from the originator, IP headers included.
  ///   - window: the whole data set's range in seconds, at most its last 24 hours.
  /// - Returns: 0 to 1, in steps of .001.
  public static func score(times: [Double], sizes: [Double], window: ClosedRange<Double>) -> Double
  {
    let seconds = times.map { $0.rounded(.towardZero) }.sorted()
    guard seconds.count < strobe, distinct(seconds) >= 4, sizes.count >= 3 else { return 0 }
    let pauses = zip(seconds.dropFirst(), seconds).map { $0 - $1 }.filter { $0 > 0 }
    guard pauses.count >= 3 else { return 0 }
    let low = window.lowerBound.rounded(.towardZero)
    let high = window.upperBound.rounded(.towardZero)
    guard high > low, let first = seconds.first, let last = seconds.last, last > first else {
      return 0
    }
    let bins = histogram(seconds, from: low, to: high)
    let even = evenness(bins)
    let covered = coverage(bins, first: first, last: last, low: low, high: high)
    let regular = regularity(pauses.sorted(), ifSmall: 1)
    let similar = regularity(sizes.sorted(), ifSmall: 0)
    return thousandth(0.25 * regular + 0.25 * similar + 0.25 * covered + 0.25 * even)
  }

  private static func distinct(_ sorted: [Double]) -> Int {
    zip(sorted.dropFirst(), sorted).count { $0 != $1 } + (sorted.isEmpty ? 0 : 1)
  }

  /// Half away from zero, at three places.
  private static func thousandth(_ value: Double) -> Double {
    (value * 1_000).rounded(.toNearestOrAwayFromZero) / 1_000
  }

  private static func thousandthUp(_ value: Double) -> Double {
    (value * 1_000).rounded(.up) / 1_000
  }

  // MARK: Regularity: Bowley's skewness and the median absolute deviation

  private static func median(_ sorted: ArraySlice<Double>) -> Double {
    let middle = sorted.startIndex + sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2
      : sorted[middle]
  }

  private static func regularity(_ sorted: [Double], ifSmall: Double) -> Double {
    let half = sorted.count / 2
    let lower = median(sorted[..<half])
    let upper = median(sorted[(sorted.count - half)...])
    let middle = median(sorted[...])
    let range = upper - lower
    let isDefined = range >= 10 && middle != lower && middle != upper
    let skew = isDefined ? (lower + upper - 2 * middle) / range : 0
    let deviation = median(sorted.map { abs($0 - middle) }.sorted()[...])
    let steadiness = middle >= 1 ? (middle - deviation) / middle : ifSmall
    return thousandth((1 - abs(skew) + max(steadiness, 0)) / 2)
  }

  // MARK: Evenness over 24 bins, and coverage

  private static let binCount = 24

  private static func histogram(_ sorted: [Double], from low: Double, to high: Double) -> [Int] {
    let step = (high - low) / Double(binCount)
    var bins = [Int](repeating: 0, count: binCount)
    var place = 0
    for time in sorted {
      while place < binCount - 1, time >= low + Double(place + 1) * step { place += 1 }
      bins[place] += 1
    }
    return bins
  }

  private static func evenness(_ bins: [Int]) -> Double {
    max(steadyBins(bins), twoLevels(bins))
  }

  /// One less the coefficient of variation.
  private static func steadyBins(_ bins: [Int]) -> Double {
    let mean = Double(bins.reduce(0, +)) / Double(bins.count)
    guard mean > 0 else { return 0 }
    let variance =
      bins.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(bins.count)
    let variation = variance.squareRoot() / mean
    return variation > 1 ? 0 : min(1, thousandth(1 - variation))
  }

  /// The share of bins at the two commonest heights, heights being multiples of 5 % of the top.
  private static func twoLevels(_ bins: [Int]) -> Double {
    let used = bins.count { $0 > 0 }
    guard used >= 11, let top = bins.max() else { return 0 }
    let size = (Double(top) * 0.05).rounded(.up)
    var counts: [Int: Int] = [:]
    for bin in bins where bin > 0 {
      counts[Int((Double(bin) / size).rounded(.down) * size), default: 0] += 1
    }
    let best = counts.values.sorted(by: >).prefix(2).reduce(0, +)
    return min(1, thousandth(Double(best) / Double(max(used - 1, 1))))
  }

  private static func coverage(
    _ bins: [Int], first: Double, last: Double, low: Double, high: Double
  ) -> Double {
    guard bins.count(where: { $0 > 0 }) >= 6 else { return 0 }
    var run = 0
    var longest = 0
    for place in 0..<(2 * bins.count) {
      run = bins[place % bins.count] > 0 ? run + 1 : 0
      longest = max(longest, run)
    }
    let share = min(1, thousandthUp((last - first) / (high - low)))
    let consistency = min(1, thousandthUp(Double(min(longest, bins.count)) / 12))
    return max(share, consistency)
  }
}
