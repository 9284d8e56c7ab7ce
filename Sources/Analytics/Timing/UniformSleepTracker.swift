// SPDX-License-Identifier: Apache-2.0
import Glibc

// The uniform-sleep tracker.
//
// Question  Is the next interval one to four sleeps of a program that sleeps uniformly on
//           [A, rA], for this r and an A learnt from the sleeps so far?
// Formula   With n sleeps between lo and hi (logarithms) A lies in [e^A0, e^lo], A0 = hi - ln r,
//           with density proportional to A^-(n+1). One sleep x = ln d:
//             ln q1 = -ln(r-1) - (n+1) A1 + n A0 + h(n+1, gap1) - h(n, gap),
//             h(n, g) = ln(1 - e^(-ng)) - ln n,
//           where A1 and gap1 are A0 and gap = lo - A0 after x joined; 0 if gap1 <= 0.
//           k = 2, 3, 4 sleeps (k-1 visits unseen): Normal(k mu, k v + (k s)^2 + .03^2).
//           Outlier: p0. Weights: Dirichlet counts over the five cases.
// Source    docs/timing.md, "Uniform-sleep trackers"; prior dA/A.
// Misses    Sleeps whose jitter is above 61 %, and beacons that skip more than three of four.

/// The state of one hypothesis about a sleeping program, without the hypothesis itself.
struct UniformSleepTracker {
  /// One sleep, two, three, four, outlier.
  private static let cases = 5
  private static let outlier = 4
  /// Dirichlet pseudo-counts of the cases: most visits are seen, one in twenty is an outlier.
  private static let pseudoCounts: InlineArray<5, Double> = [3, 0.5, 0.25, 0.15, 0.2]
  /// Least width of A's range in nats; keeps the logarithm finite.
  private static let leastGap = 1e-9
  /// Variance of the time stamps themselves, (.03 s)^2: network delay and scheduling.
  private static let stampVariance = 0.03 * 0.03
  /// Standard deviation of a uniform variable a unit wide.
  private static let uniformDeviation = 1 / (12.0).squareRoot()
  private static let halfLogTwoPi = 0.5 * log(2 * Double.pi)
  /// More than half: a case has the visit if it is likelier than all others together.
  private static let majority = 0.5
  /// A number of sleeps in fewer intervals than this share is chance: an early visit, or doubt.
  private static let rareShare = 0.05

  /// ln of the longest and the shortest single sleep in seconds.
  private var longest = 0.0
  private var shortest = 0.0
  private var counts = InlineArray<5, Double>(repeating: 0)
  private var fresh = FreshNull()
  private(set) var ledger = BettingLedger()
  private var sleeps: UInt32 = 1

  /// Starts on the channel's first interval, or again after a loss.
  mutating func start(on interval: ObservedInterval, _ hypothesis: SleepHypothesis) {
    longest = interval.logLength - hypothesis.logFirstSleeps
    shortest = longest
    sleeps = 1
    counts = InlineArray(repeating: 0)
    fresh = FreshNull(startingOn: interval)
    ledger.restart()
  }

  /// Bets on one interval, collects, learns, and restarts if it has lost the clock.
  ///
  /// - Parameters:
  ///   - interval: the interval that has just closed.
  ///   - logNull: the log density that the null gave it.
  ///   - number: the channel's running number of the interval.
  ///   - hypothesis: the hypothesis that this tracker stands for, the same at every call.
  mutating func observe(
    _ interval: ObservedInterval, logNull: Double, number: UInt32, _ hypothesis: SleepHypothesis
  ) {
    var odds = odds(on: interval, logNull: logNull, hypothesis)
    var pseudoTotal = 0.0
    var won = 0.0
    for index in odds.indices {
      let weight = Self.pseudoCounts[index] + counts[index]
      pseudoTotal += weight
      odds[index] *= weight
      won += odds[index]
    }
    for index in odds.indices { counts[index] += odds[index] / won }
    if odds[Self.outlier] / won <= Self.majority { fresh.add(interval, logNull: logNull) }
    if odds[0] / won > Self.majority {
      longest = max(longest, interval.logLength)
      shortest = min(shortest, interval.logLength)
      sleeps &+= 1
    }
    let lost = ledger.book(
      gain: log(won / pseudoTotal), penalty: fresh.penalty, interval: number)
    if lost { start(on: interval, hypothesis) }
  }

  /// The mean sleep in seconds: the posterior mean of ln A, times (1+r)/2.
  ///
  /// A clock that is only ever read every second tick is a clock of twice the period: the sum of
  /// two sleeps varies less than one, so such a tracker gains more on a very regular beacon.
  func periodSeconds(_ hypothesis: SleepHypothesis) -> Double {
    range(hypothesis).centre * hypothesis.meanFactor * Double(commonSleeps)
  }

  /// The greatest common divisor of the numbers of sleeps that intervals are made of.
  private var commonSleeps: Int {
    var total = 0.0
    for index in 0..<Self.outlier { total += counts[index] }
    var common = 0
    for index in 0..<Self.outlier where counts[index] > Self.rareShare * total {
      var (rest, divisor) = (common, index + 1)
      while rest > 0 { (rest, divisor) = (divisor % rest, rest) }
      common = divisor
    }
    return max(common, 1)
  }

  /// What the sleeps so far say about A.
  private struct LowerEndRange {
    /// ln of the least possible A.
    let start: Double
    /// Width in nats.
    let gap: Double
    /// 1 - e^(-n gap).
    let mass: Double
    /// e to the posterior mean of ln A, in seconds.
    let centre: Double
  }

  private func range(_ hypothesis: SleepHypothesis) -> LowerEndRange {
    let n = Double(sleeps)
    let start = longest - hypothesis.logRatio
    let gap = max(shortest - start, Self.leastGap)
    let mass = -expm1(-n * gap)
    // The mean of a truncated exponential: 1/n - gap/(e^(n gap) - 1), the quotient rewritten
    // with the mass that is needed anyway.
    let centre = exp(start + 1 / n - gap * (1 - mass) / mass)
    return LowerEndRange(start: start, gap: gap, mass: mass, centre: centre)
  }

  /// Density of the interval under each case, divided by the null's density.
  ///
  /// Working with the quotient keeps every number near 1, needs one logarithm in all, and makes
  /// the outlier case exactly 1, so that the sum is never zero.
  private func odds(
    on interval: ObservedInterval, logNull: Double, _ hypothesis: SleepHypothesis
  ) -> InlineArray<5, Double> {
    var odds = InlineArray<5, Double>(repeating: 0)
    odds[Self.outlier] = 1
    let n = Double(sleeps)
    let range = range(hypothesis)

    let startAfter = max(longest, interval.logLength) - hypothesis.logRatio
    let gapAfter = min(shortest, interval.logLength) - startAfter
    if gapAfter > 0 {
      let massAfter = -expm1(-(n + 1) * max(gapAfter, Self.leastGap))
      let exponent = n * range.start - (n + 1) * startAfter - logNull
      odds[0] =
        exp(exponent) * hypothesis.density * (massAfter / (n + 1)) / (range.mass / n)
    }

    let mean = range.centre * hypothesis.meanFactor
    let variance = range.centre * range.centre * hypothesis.varianceFactor
    let meanDeviation = mean * min(1 / n, range.gap * Self.uniformDeviation)
    for index in 1..<Self.outlier {
      let k = Double(index + 1)
      let meanVariance = (k * meanDeviation) * (k * meanDeviation)
      let spread = k * variance + meanVariance + Self.stampVariance
      let miss = interval.length - k * mean
      let exponent = -0.5 * miss * miss / spread - Self.halfLogTwoPi - logNull
      odds[index] = exp(exponent) / spread.squareRoot()
    }
    return odds
  }
}

extension UniformSleepTracker: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&longest)
    carrier.carry(&shortest)
    carrier.carry(&counts)
    carrier.carry(&fresh)
    carrier.carry(&ledger)
    carrier.carry(count: &sleeps)
  }
}
