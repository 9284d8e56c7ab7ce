// SPDX-License-Identifier: Apache-2.0

/// The upper bounds of a histogram's buckets.
public struct HistogramBounds: Sendable, Equatable {
  /// Finite, increasing, and at most ``limit``; the +Inf bucket is not in the list.
  public let upperBounds: [Double]

  /// Six buckets with the +Inf one.
  static let limit = 5

  /// Seconds from an operation in the kernel to its event in the analytics.
  ///
  /// The ring is drained every 10 ms, a burst ends after 50 ms of silence and is flushed after 1 s.
  public static let eventDelay = HistogramBounds(upperBounds: [0.02, 0.1, 0.5, 1.5, 5])

  /// Visits that a pair had made when its finding opened.
  public static let visitsToFinding = HistogramBounds(upperBounds: [5, 10, 20, 50, 100])
}

/// Counts observations in buckets; observing allocates nothing, so it may stand on the event path.
public struct Histogram: Sendable {
  public let bounds: HistogramBounds
  /// Observations per bucket, not cumulative; the +Inf bucket follows the last bound.
  private var buckets: [6 of UInt64] = .init(repeating: 0)
  public private(set) var sum: Double = 0

  public init(bounds: HistogramBounds) {
    self.bounds = bounds
  }

  /// A histogram that was counted elsewhere: not cumulative, the +Inf bucket last.
  public init(bounds: HistogramBounds, counts: [UInt64], sum: Double) {
    self.init(bounds: bounds)
    for (index, count) in counts.prefix(buckets.count).enumerated() { buckets[index] = count }
    self.sum = sum
  }

  /// Observations so far.
  public var count: UInt64 {
    buckets.indices.reduce(0) { $0 + buckets[$1] }
  }

  /// Counts one value in the first bucket whose bound is not below it.
  ///
  /// A negative value counts as 0, because a falling sum would look like a restart; NaN is ignored.
  public mutating func observe(_ value: Double) {
    guard !value.isNaN else { return }
    let value = max(value, 0)
    var index = 0
    while index < bounds.upperBounds.count, value > bounds.upperBounds[index] { index += 1 }
    buckets[index] += 1
    sum += value
  }

  /// Observations at or below each bound, the +Inf bucket last.
  var cumulativeCounts: [(upperBound: Double, count: UInt64)] {
    var total: UInt64 = 0
    return (bounds.upperBounds + [.infinity]).enumerated().map { index, bound in
      total += buckets[index]
      return (bound, total)
    }
  }
}

extension Histogram: Equatable {
  public static func == (left: Histogram, right: Histogram) -> Bool {
    left.bounds == right.bounds && left.sum == right.sum
      && left.buckets.indices.allSatisfy { left.buckets[$0] == right.buckets[$0] }
  }
}
