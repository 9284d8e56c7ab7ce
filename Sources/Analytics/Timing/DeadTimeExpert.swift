// SPDX-License-Identifier: Apache-2.0
import Glibc

// The dead-time expert of the null.
//
// Question  Are these memoryless requests that cannot follow each other at once (a lock, a rate
//           limit, a page that must load first)?
// Formula   p(y) = Exp(y - D; mean m - D) for y > D, else 0, mixed with the outlier density;
//             D = min(.3 m, max(0, least - (m - least) / C))
//           m and C are the robust mean and count, least the shortest inlier so far. The second
//           term takes the expected distance of the least of C exponentials off again.
// Source    docs/timing.md, "The null".
// Misses    A dead time above .3 of the mean is granted to the trackers: such a stream has a
//           clock in it. At .3 about 2.5 % of the streams are flagged, at .5 all.

/// The shortest inlier interval, from which a dead time is inferred.
struct DeadTimeExpert {
  /// Beyond this share of the mean a dead time counts as periodic behaviour, not as noise.
  static let longestShareOfMean = 0.3
  /// Least mean of the exponential part in seconds; keeps the density finite.
  static let shortestTail = 1e-3

  private var shortest = Double.infinity

  /// The log density of the interval, before outliers are mixed in.
  func logDensity(_ interval: ObservedInterval, memory: GammaMemory) -> Double {
    let mean = memory.mean
    let inferred = max(0, shortest - (mean - shortest) / memory.count)
    let deadTime = min(Self.longestShareOfMean * mean, inferred)
    let y = interval.nullLength
    guard y > deadTime else { return -.infinity }
    let tail = max(mean - deadTime, Self.shortestTail)
    return -(y - deadTime) / tail - log(tail)
  }

  /// Remembers an inlier.
  mutating func add(_ interval: ObservedInterval) {
    shortest = min(shortest, interval.nullLength)
  }
}

extension DeadTimeExpert: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&shortest)
  }
}
