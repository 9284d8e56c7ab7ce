// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Analytics

/// It survives: times that no sane clock gives.
@Suite("Hostile times neither trap nor spoil the evidence")
struct HostileInputTests {
  @Test(
    "A time that is not finite, or beyond three centuries, is ignored",
    arguments: [
      Double.nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -1e300, 1.1e10,
    ])
  func impossibleTime(seconds: Double) {
    var undisturbed = TimingEvidence()
    var disturbed = TimingEvidence()
    disturbed.record(requestAt: seconds)
    #expect(disturbed.requests == 0)
    for visit in 0..<10 {
      undisturbed.record(requestAt: Double(visit) * 60)
      disturbed.record(requestAt: Double(visit) * 60)
      disturbed.record(requestAt: seconds)
    }
    #expect(disturbed.logEvidence == undisturbed.logEvidence)
    #expect(disturbed.requests == undisturbed.requests)
  }

  @Test("A step back counts as no gap: a request of the same visit")
  func stepBack() {
    var evidence = TimingEvidence()
    var orderly = TimingEvidence()
    for visit in 1...10 {
      let time = Double(visit) * 60
      evidence.record(requestAt: time)
      evidence.record(requestAt: time - 500)
      orderly.record(requestAt: time)
      orderly.record(requestAt: time)
    }
    #expect(evidence.visits == 10)
    #expect(evidence.requests == 20)
    #expect(evidence.logEvidence == orderly.logEvidence)
  }

  @Test("Extreme but possible times leave finite evidence")
  func extremeTimes() {
    let patterns: [[Double]] = [
      [-1e10, 1e10, 0, 5, 1e10],
      [0, -0.0, .leastNonzeroMagnitude, 1, 1.0.nextUp, 2.5, 1e10, 1e10],
      // Intervals just over the merge limit leave the null next to nothing.
      [0, 0.5, 1, 2.0.nextUp, 3.0.nextUp.nextUp, 4.1, 5.2, 1e9, 2e9, 3e9, 4e9],
      (0..<40).map { $0.isMultiple(of: 2) ? Double($0) * 1e8 : Double($0) * 1e8 + 1.5 },
    ]
    for pattern in patterns {
      var evidence = TimingEvidence()
      for time in pattern {
        evidence.record(requestAt: time)
        #expect(evidence.logEvidence.isFinite)
        #expect(evidence.periodSeconds?.isFinite ?? true)
        #expect(evidence.jitterRatio?.isFinite ?? true)
      }
    }
  }

  @Test("Random bit patterns leave finite evidence")
  func randomBits() {
    var generator = SplitMix64(seed: 99)
    var evidence = TimingEvidence()
    for _ in 0..<300 {
      evidence.record(requestAt: Double(bitPattern: generator.next()))
      #expect(evidence.logEvidence.isFinite)
    }
  }

  @Test("The state of a pair is of constant size")
  func size() {
    // 7,328 bytes on x86-64: 40 trackers at 160, two nulls at 208, one slot tracker (room for two).
    #expect(MemoryLayout<TimingEvidence>.size <= 7_400)
    #expect(_isPOD(TimingEvidence.self), "no reference, hence no heap")
  }
}
