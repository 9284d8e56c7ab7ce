// SPDX-License-Identifier: Apache-2.0
import Glibc

// The Pareto expert of the null.
//
// Question  Are the pauses heavy-tailed above a smallest one, as human reading times are?
// Formula   b = max(1, mean(ln y) - min(ln y)),  l = min(ln y) - b / (n+1);
//             above l: .98 exp(-(ln y - l) / b) / (b y);  else .02 w(y), the outlier density.
// Source    docs/timing.md, "The null". The logarithm of a Pareto variable is a shifted
//           exponential; l is its bias-corrected minimum.
// Misses    b >= 1 holds the tail index at 1 or heavier: a hard minimum with a light tail
//           (index 2) piles up near the minimum and is flagged.

/// The sums of log intervals from which a Pareto tail is inferred.
struct ParetoExpert {
  /// Tail index at most 1: a lighter tail would let the null imitate a clock.
  static let leastLogSpread = 1.0
  static let tailWeight = 0.98
  private static let logTailWeight = log(tailWeight)
  private static let logBelowWeight = log(1 - tailWeight)

  private var logSum = 0.0
  private var leastLog = Double.infinity

  /// The log density of the interval after `count` earlier ones.
  func logDensity(_ interval: ObservedInterval, count: Double, logBroad: Double) -> Double {
    let spread = max(Self.leastLogSpread, logSum / count - leastLog)
    let start = leastLog - spread / (count + 1)
    let logY = interval.logNullLength
    guard logY > start else { return Self.logBelowWeight + logBroad }
    return Self.logTailWeight - (logY - start) / spread - log(spread) - logY
  }

  mutating func add(_ interval: ObservedInterval) {
    logSum += interval.logNullLength
    leastLog = min(leastLog, interval.logNullLength)
  }
}

extension ParetoExpert: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&logSum)
    carrier.carry(&leastLog)
  }
}
