// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Analytics

/// The null's parts against identities that do not come from the reference.
@Suite("The null is made of densities")
struct NullModelTests {
  private func interval(_ seconds: Double) -> ObservedInterval {
    ObservedInterval(endsAt: seconds, length: seconds, nullLength: seconds)
  }

  /// The integral over y of a density, as a sum over ln y by the trapezoid rule.
  private func integral(of logDensity: (ObservedInterval) -> Double) -> Double {
    let step = 0.01
    var sum = 0.0
    for index in -6_000...6_000 {
      let logY = Double(index) * step
      sum += exp(logDensity(interval(exp(logY))) + logY) * step
    }
    return sum
  }

  @Test("A gamma expert's predictive density integrates to 1", arguments: [0.3, 0.6, 1, 1.5, 2])
  func gammaDensityIntegrates(shape: Double) {
    var memory = GammaMemory()
    for length in [3.0, 50, 7, 20] { memory.add(length, retention: 0.85) }
    let total = integral { memory.outlook(for: $0).logDensity(GammaShape(shape)) }
    #expect(abs(total - 1) < 1e-4)
  }

  @Test("The exponential expert after one interval is a / (a + y)^2")
  func exponentialAfterOne() {
    // The Haar prior's marginal: integral of s e^(-sa) s e^(-sy) ds/s over that of s e^(-sa) ds/s.
    var memory = GammaMemory()
    memory.add(30, retention: 1)
    let density = exp(memory.outlook(for: interval(12)).logDensity(GammaShape(1)))
    #expect(abs(density - 30.0 / (42 * 42)) < 1e-12)
  }

  @Test("The dead-time expert's density integrates to 1 above the dead time")
  func deadTimeIntegrates() {
    var memory = GammaMemory()
    var expert = DeadTimeExpert()
    for length in [30.0, 35, 60, 90, 120, 45, 70, 33] {
      memory.add(length, retention: 1)
      expert.add(interval(length))
    }
    let total = integral { expert.logDensity($0, memory: memory) }
    #expect(abs(total - 1) < 0.01)
  }

  @Test("The mixture is a density after any history")
  func mixtureIntegrates() {
    var null = NullPredictive()
    for length in [10.0, 300, 2, 45, 12, 9, 900, 14] { _ = null.observe(interval(length)) }
    let total = integral { next in
      var copy = null
      return copy.observe(next)
    }
    // The Pareto expert spends its .02 below the start on a density that is wider than the start;
    // so the mixture falls short of 1 by at most that expert's weight times .02 and exceeds it
    // never.
    #expect(total < 1.001)
    #expect(total > 0.97)
  }

  @Test(
    "The normalisers are their definition, in the table and beyond it",
    arguments: [1, 2, 100, 256, 257, 1_000, 100_000] as [UInt32])
  func normalisers(visits: UInt32) {
    let values = FreshNormalisers.of(visits)
    let n = Double(visits)
    for index in FreshNormalisers.shapes.indices {
      let k = FreshNormalisers.shapes[index]
      let expected = logGamma(n * k) - n * logGamma(k)
      #expect(abs(values[index] - expected) <= 1e-12 * max(1, abs(expected)))
    }
  }

  @Test("The priors of the twenty hypotheses sum to 1")
  func priorsSumToOne() {
    let total = SleepHypothesis.all.reduce(0) { $0 + exp($1.logPrior) }
    #expect(SleepHypothesis.all.count == SleepHypothesis.count)
    #expect(abs(total - 1) < 1e-12)
  }
}
