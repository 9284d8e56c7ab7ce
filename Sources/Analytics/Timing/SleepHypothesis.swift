// SPDX-License-Identifier: Apache-2.0
import Glibc

// The twenty hypotheses that the uniform-sleep trackers of one channel stand for.
//
// A beacon that sleeps T with jitter j, two-sided, draws its sleep from [T(1-j), T(1+j)]; with
// one-sided jitter from [T(1-j), T]. Either way the sleep is uniform on [A, rA] with A unknown,
// r = (1+j)/(1-j) or 1/(1-j): one family serves both.
// Source: docs/timing.md, "Uniform-sleep trackers".

/// One ratio r of longest to shortest sleep, and how many sleeps the first interval spans.
struct SleepHypothesis {
  /// Two-sided jitter of 1, 3, 7, 13, 20, 27, 34, 44, 51 and 61 %.
  ///
  /// A sleep drawn from a narrower range than r loses ln of the ratio of the widths each visit, so
  /// neighbours are about a factor of two or less apart in width from r = 1.15 on. The last covers
  /// 60 %, the most jitter whose recall was measured.
  private static let ratios = [1.02, 1.06, 1.15, 1.3, 1.5, 1.75, 2.05, 2.55, 3.1, 4.1]
  /// A tracker that starts on an interval with one missed visit must halve it.
  private static let firstSleeps = [(count: 1.0, prior: 0.75), (count: 2.0, prior: 0.25)]

  static let count = 20
  static let all: [SleepHypothesis] = ratios.flatMap { ratio in
    firstSleeps.map { first in
      SleepHypothesis(
        ratio: ratio, firstSleeps: first.count, prior: first.prior / Double(ratios.count))
    }
  }

  let ratio: Double
  let logRatio: Double
  /// 1 / (r-1), the density of the sleep in units of A.
  let density: Double
  /// Mean sleep in units of A, (1+r)/2.
  let meanFactor: Double
  /// Variance of the sleep in units of A squared, (r-1)^2 / 12.
  let varianceFactor: Double
  let logFirstSleeps: Double
  let logPrior: Double

  /// The jitter j of a two-sided sleep T(1-j)...T(1+j) with this ratio.
  var jitterRatio: Double { (ratio - 1) / (ratio + 1) }

  private init(ratio: Double, firstSleeps: Double, prior: Double) {
    self.ratio = ratio
    logRatio = log(ratio)
    density = 1 / (ratio - 1)
    meanFactor = (1 + ratio) / 2
    varianceFactor = (ratio - 1) * (ratio - 1) / 12
    logFirstSleeps = log(firstSleeps)
    logPrior = log(prior)
  }
}
