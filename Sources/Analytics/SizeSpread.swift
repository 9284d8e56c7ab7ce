// SPDX-License-Identifier: Apache-2.0

/// How alike the last payload sizes of a pair are, in constant space.
///
/// The spread is the median absolute deviation over the median: a few odd sizes (a task fetched, a
/// file sent) do not move it, and padding within the tolerance does not either.
struct SizeSpread<let capacity: Int>: BitwiseCopyable, Sendable {
  /// Fewer sizes say nothing.
  static var fewest: Int { 4 }

  private var sizes = InlineArray<capacity, UInt64>(repeating: 0)
  private var count = 0
  private var next = 0

  mutating func note(_ size: UInt64) {
    sizes[next] = size
    next = (next + 1) % capacity
    count = min(count + 1, capacity)
  }

  /// Oldest first.
  var all: [UInt64] {
    (0..<count).map { sizes[(next + capacity - count + $0) % capacity] }
  }

  var median: Double? { Self.median(all.map { Double($0) }) }

  /// Nil below four sizes, and where the median is 0.
  var ratio: Double? {
    guard count >= Self.fewest, let median, median > 0 else { return nil }
    return Self.median(all.map { abs(Double($0) - median) }).map { $0 / median }
  }

  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

extension SizeSpread: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&sizes)
    carrier.carry(&count, in: 0...capacity)
    carrier.carry(&next, in: 0...capacity - 1)
  }
}
