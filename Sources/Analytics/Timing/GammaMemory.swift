// SPDX-License-Identifier: Apache-2.0
import Glibc

// One gamma expert of the null.
//
// Question  How likely is the next interval if the intervals are independent draws from a gamma
//           distribution of known shape k and unknown scale?
// Formula   With C intervals of sum S remembered and the prior 1/scale (the Haar measure of
//           scaling, so that the unit of time cannot matter):
//             ln p(y) = lnG((C+1)k) - lnG(Ck) - lnG(k)
//                       + (k-1) ln y + Ck ln S - (C+1)k ln(S+y)
// Source    docs/timing.md, "The null"; the marginal is that of the beta prime distribution.
// Misses    Shapes above 2 are left to the trackers on purpose: a gamma of shape 3 has begun to
//           look like a clock with much jitter, and is flagged as one.

/// A gamma shape together with the ln G(shape) that every density of that shape needs.
struct GammaShape {
  let value: Double
  let logGammaOfValue: Double

  init(_ value: Double) {
    self.value = value
    logGammaOfValue = logGamma(value)
  }
}

/// The discounted count and sum of the intervals that a gamma expert remembers.
struct GammaMemory {
  /// Discounted number of intervals; zero until the first.
  private(set) var count = 0.0
  /// Discounted sum of the intervals in seconds.
  private(set) var sum = 0.0

  var mean: Double { sum / count }

  /// Adds one interval after fading the earlier ones by `retention` (1 forgets nothing).
  mutating func add(_ interval: Double, retention: Double) {
    count = count * retention + 1
    sum = sum * retention + interval
  }

  /// What all shapes share when one interval is scored against this memory.
  func outlook(for interval: ObservedInterval) -> Outlook {
    Outlook(
      count: count, logSum: log(sum), logSumWithInterval: log(sum + interval.nullLength),
      logLength: interval.logNullLength)
  }

  /// The logarithms of one memory and one interval, taken once for several shapes.
  struct Outlook {
    let count: Double
    let logSum: Double
    let logSumWithInterval: Double
    let logLength: Double

    /// The log predictive density of the interval under one shape.
    func logDensity(_ shape: GammaShape) -> Double {
      let k = shape.value
      let seen = count * k
      let after = seen + k
      return logGamma(after) - logGamma(seen) - shape.logGammaOfValue
        + (k - 1) * logLength + seen * logSum - after * logSumWithInterval
    }
  }
}

extension GammaMemory: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&count)
    carrier.carry(&sum)
  }
}
