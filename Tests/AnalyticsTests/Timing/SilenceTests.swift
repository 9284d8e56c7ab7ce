// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Analytics

/// It stays silent: sources without a clock, and clocks that have stopped.
@Suite("What is not a clock is not flagged")
struct SilenceTests {
  // The bound on the false alarms is Ville's: one percent nominal, 2.7 % proved for exponential
  // intervals (docs/timing.md, "What is guaranteed"). Ten sources may then give none.
  @Test("Poisson requests are not flagged", arguments: [0.3, 1, 60, 600])
  func poisson(meanSeconds: Double) {
    for seed in 1...10 {
      var generator = SplitMix64(seed: seed)
      var evidence = TimingEvidence()
      var time = 0.0
      var highest = 0.0
      while evidence.visits < 60 {
        evidence.record(requestAt: time)
        time += generator.exponential(mean: meanSeconds)
        highest = max(highest, evidence.logEvidence)
      }
      #expect(highest < TimingEvidence.flagThreshold, "seed \(seed)")
    }
  }

  // One in seven is the share of irregular sources of which the best tracker is ahead by luck
  // (docs/timing.md, "The report"); a beacon that stopped must not be worse than those.
  @Test("Of 100 beacons that turned irregular at most one in seven still seems to run")
  func stoppedBeacon() {
    var stillPeriodic = 0
    for seed in 1...100 {
      var generator = SplitMix64(seed: seed)
      var evidence = TimingEvidence()
      var time = 0.0
      for _ in 0..<60 {
        evidence.record(requestAt: time)
        time += generator.beaconInterval(period: 60, jitter: 0.1)
      }
      #expect(evidence.isPeriodicNow, "seed \(seed)")
      #expect(evidence.logEvidence > TimingEvidence.flagThreshold, "seed \(seed)")
      for _ in 0..<8 {
        time += generator.exponential(mean: 60)
        evidence.record(requestAt: time)
      }
      if evidence.isPeriodicNow { stillPeriodic += 1 }
    }
    #expect(stillPeriodic <= 100 / 7)
  }

  @Test("After a change of period the answer is no, then yes again for the new period")
  func changedPeriod() throws {
    var generator = SplitMix64(seed: 21)
    var evidence = TimingEvidence()
    var time = 0.0
    for _ in 0..<60 {
      evidence.record(requestAt: time)
      time += generator.beaconInterval(period: 60, jitter: 0.2)
    }
    var answers: [Bool] = []
    for _ in 0..<40 {
      time += generator.beaconInterval(period: 300, jitter: 0.2)
      evidence.record(requestAt: time)
      answers.append(evidence.isPeriodicNow)
    }
    #expect(answers.contains(false))
    #expect(answers.suffix(20).allSatisfy { $0 })
    let period = try #require(evidence.periodSeconds)
    #expect(abs(period / 300 - 1) < 0.05)
  }

  @Test("Before the second visit there is nothing to report")
  func nothingYet() {
    var evidence = TimingEvidence()
    #expect(evidence.logEvidence == 0)
    #expect(evidence.periodSeconds == nil)
    #expect(evidence.jitterRatio == nil)
    #expect(!evidence.isPeriodicNow)
    evidence.record(requestAt: 5)
    evidence.record(requestAt: 5.5)
    #expect(evidence.visits == 1)
    #expect(evidence.requests == 2)
    #expect(evidence.logEvidence == 0)
    #expect(evidence.periodSeconds == nil)
  }

  @Test("The first interval costs ln 2, the price of the first start")
  func firstInterval() {
    var evidence = TimingEvidence()
    evidence.record(requestAt: 0)
    evidence.record(requestAt: 60)
    // Every tracker starts with weight 1/(1*2); the priors sum to 1.
    #expect(abs(evidence.logEvidence + 0.693147180559945) < 1e-12)
  }
}
