// SPDX-License-Identifier: Apache-2.0
import Glibc

// The null: what a memoryless or bursty source would do next.
//
// Question  What density does the best mixture of no-clock models give to the next interval?
// Formula   p0 = sum of w_i p_i over 16 experts; then fixed share:
//             w_i <- .99 (posterior of i) + .01 (prior of i).
//            1-5   gamma, five shapes, all intervals remembered
//            6-10  gamma, five shapes, memory fading by .85 an interval
//           11-14  gamma, four shapes, inliers only, fading by .97, outliers mixed in
//           15     dead time;  16 Pareto
// Source    docs/timing.md, "The null"; fixed share is Herbster and Warmuth 1998.
// Misses    Classes outside these sixteen. The list of what is flagged although it is no beacon
//           is in docs/timing.md, "Known misses".

/// The mixture of no-clock experts and their weights for one channel.
struct NullPredictive {
  static let expertCount = 16
  /// Burstier than Poisson (.3, .6), Poisson (1), and mildly regular (1.5, 2).
  private static let shapes = [0.3, 0.6, 1, 1.5, 2].map(GammaShape.init)
  /// Shape .3 is left out: screening outliers removes what makes a stream that bursty.
  private static let robustShapes = [0.6, 1, 1.5, 2].map(GammaShape.init)
  /// The member of `robustShapes` that judges inliers: the exponential.
  private static let exponential = 1
  private static let robustStart = 2 * shapes.count
  private static let deadTimeIndex = robustStart + robustShapes.count
  private static let paretoIndex = deadTimeIndex + 1

  static let keepAll = 1.0
  /// A memory of 1 / .15, about seven intervals: follows sessions that speed up and slow down.
  static let fastRetention = 0.85
  /// A memory of about 33 inliers.
  static let robustRetention = 0.97
  /// How much weight returns to the priors each interval: an expert that was all but excluded
  /// comes back from a hundredth of its prior when the source changes.
  static let share = 0.01
  /// The Pareto expert is a safety net, so it is given little.
  static let paretoPrior = 0.02
  static let otherPrior = (1 - paretoPrior) / Double(expertCount - 1)

  private var all = GammaMemory()
  private var recent = GammaMemory()
  private var robust = GammaMemory()
  private var screen = InlierScreen()
  private var deadTime = DeadTimeExpert()
  private var pareto = ParetoExpert()
  private var weights: InlineArray<16, Double>

  init() {
    weights = InlineArray { $0 == Self.expertCount - 1 ? Self.paretoPrior : Self.otherPrior }
  }

  /// Scores one interval, then learns from it.
  ///
  /// The first interval is not scored: every scale is still unknown, so its ratio is 1.
  ///
  /// - Returns: the log predictive density in nats (density a second), 0 for the first interval.
  mutating func observe(_ interval: ObservedInterval) -> Double {
    guard all.count > 0 else {
      learn(interval, inlier: true)
      return 0
    }
    let verdict = screen.weigh(interval, logMean: log(robust.mean))
    var logDensities = InlineArray<16, Double>(repeating: 0)
    let whole = all.outlook(for: interval)
    let fading = recent.outlook(for: interval)
    for (index, shape) in Self.shapes.enumerated() {
      logDensities[index] = whole.logDensity(shape)
      logDensities[Self.shapes.count + index] = fading.logDensity(shape)
    }
    let screened = robust.outlook(for: interval)
    var isInlier = false
    for (index, shape) in Self.robustShapes.enumerated() {
      let logDensity = screened.logDensity(shape)
      if index == Self.exponential { isInlier = verdict.isInlier(exponential: logDensity) }
      logDensities[Self.robustStart + index] = verdict.mixed(logDensity)
    }
    logDensities[Self.deadTimeIndex] = verdict.mixed(
      deadTime.logDensity(interval, memory: robust))
    logDensities[Self.paretoIndex] = pareto.logDensity(
      interval, count: all.count, logBroad: verdict.logBroad)

    let logMixture = reweigh(logDensities)
    screen.count(inlier: isInlier)
    learn(interval, inlier: isInlier)
    return logMixture
  }

  /// Moves the weights to the shared posterior and returns the log of the mixture density.
  private mutating func reweigh(_ logDensities: InlineArray<16, Double>) -> Double {
    var largest = -Double.infinity
    for index in logDensities.indices { largest = max(largest, logDensities[index]) }
    var joint = InlineArray<16, Double>(repeating: 0)
    var total = 0.0
    for index in joint.indices {
      joint[index] = weights[index] * exp(logDensities[index] - largest)
      total += joint[index]
    }
    for index in weights.indices {
      let prior = index == Self.paretoIndex ? Self.paretoPrior : Self.otherPrior
      weights[index] = (1 - Self.share) * joint[index] / total + Self.share * prior
    }
    return largest + log(total)
  }

  private mutating func learn(_ interval: ObservedInterval, inlier: Bool) {
    all.add(interval.nullLength, retention: Self.keepAll)
    recent.add(interval.nullLength, retention: Self.fastRetention)
    if inlier {
      robust.add(interval.nullLength, retention: Self.robustRetention)
      deadTime.add(interval)
    }
    pareto.add(interval)
  }
}

extension NullPredictive: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&all)
    carrier.carry(&recent)
    carrier.carry(&robust)
    carrier.carry(&screen)
    carrier.carry(&deadTime)
    carrier.carry(&pareto)
    carrier.carry(&weights)
  }
}
