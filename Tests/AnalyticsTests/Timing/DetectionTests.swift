// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Analytics

/// It fires: how soon clocks are found.
///
/// The figures are those of docs/timing.md, "Results".
@Suite("Clocks are found")
struct DetectionTests {
  /// Visits until the threshold, or nil if `limit` visits did not suffice.
  private func visitsToDetection(
    seed: Int, period: Double, jitter: Double, limit: Int
  ) -> Int? {
    var generator = SplitMix64(seed: seed)
    var evidence = TimingEvidence()
    var time = 0.0
    for _ in 0..<limit {
      evidence.record(requestAt: time)
      if evidence.logEvidence >= TimingEvidence.flagThreshold { return evidence.visits }
      time += generator.beaconInterval(period: period, jitter: jitter)
    }
    return nil
  }

  @Test("A clean 60 s beacon is found at its fourth or fifth visit")
  func cleanBeacon() throws {
    for seed in 1...10 {
      let visits = try #require(
        visitsToDetection(seed: seed, period: 60, jitter: 0, limit: 10))
      #expect((4...5).contains(visits))
    }
  }

  // 300 seeds, as behind the documented medians: with 50 the median itself strays by a visit.
  @Test(
    "All of 300 beacons with jitter are found, half of them within the documented visits",
    arguments: [(jitter: 0.2, median: 8), (jitter: 0.5, median: 17)])
  func jitteredBeacons(jitter: Double, median: Int) {
    var found: [Int] = []
    for seed in 1...300 {
      if let visits = visitsToDetection(seed: seed, period: 60, jitter: jitter, limit: 60) {
        found.append(visits)
      }
    }
    found.sort()
    #expect(found.count == 300)
    #expect(found[found.count / 2] <= median)
  }

  @Test(
    "A perfectly regular beacon is told with its period, and no part of it",
    arguments: [5.0, 60, 600, 3_600])
  func wholePeriod(period: Double) throws {
    var evidence = TimingEvidence()
    for visit in 0..<2_000 {
      evidence.record(requestAt: period * Double(visit))
      guard visit >= 4 else { continue }
      let reported = try #require(evidence.periodSeconds)
      #expect(abs(reported / period - 1) < 0.05, "after \(visit + 1) visits: \(reported) s")
    }
  }

  @Test(
    "Nor is one of which a third of the visits is missing", arguments: 1...20)
  func wholePeriodWithGaps(seed: Int) throws {
    var generator = SplitMix64(seed: seed)
    var evidence = TimingEvidence()
    for visit in 0..<2_000 where Double.random(in: 0..<1, using: &generator) < 2.0 / 3 {
      evidence.record(requestAt: 60 * Double(visit))
    }
    #expect(abs(try #require(evidence.periodSeconds) / 60 - 1) < 0.05)
  }

  @Test("Period and jitter are those of the program", arguments: [5.0, 60, 3600])
  func reportedPeriod(period: Double) throws {
    var generator = SplitMix64(seed: 11)
    var evidence = TimingEvidence()
    var time = 0.0
    for _ in 0..<80 {
      evidence.record(requestAt: time)
      time += period * Double.random(in: 0.8...1.2, using: &generator)
    }
    let reported = try #require(evidence.periodSeconds)
    let jitter = try #require(evidence.jitterRatio)
    #expect(abs(reported / period - 1) < 0.05)
    #expect(abs(jitter - 0.2) < 0.05)
    #expect(evidence.isPeriodicNow)
  }

  @Test("A timetable with early and late visits reports its slot and spread")
  func reportedSlots() throws {
    var generator = SplitMix64(seed: 3)
    var evidence = TimingEvidence()
    for slot in 1...100 {
      // The sum of twelve uniforms less six is close to a standard normal variable.
      var noise = -6.0
      for _ in 0..<12 { noise += Double.random(in: 0..<1, using: &generator) }
      evidence.record(requestAt: 600 * (Double(slot) + 0.1 * noise))
    }
    let period = try #require(evidence.periodSeconds)
    let jitter = try #require(evidence.jitterRatio)
    #expect(abs(period / 600 - 1) < 0.01)
    #expect(abs(jitter - 0.1) < 0.03)
  }

  @Test("Where the clock's zero is does not matter")
  func originDoesNotMatter() {
    var sinceBoot = TimingEvidence()
    var sinceEpoch = TimingEvidence()
    // Whole seconds, so that both subtractions are exact.
    for second in [0.0, 60, 121, 179, 240, 302, 361, 420, 480] {
      sinceBoot.record(requestAt: second)
      sinceEpoch.record(requestAt: second + 1_750_000_000)
    }
    #expect(sinceBoot.logEvidence == sinceEpoch.logEvidence)
  }
}
