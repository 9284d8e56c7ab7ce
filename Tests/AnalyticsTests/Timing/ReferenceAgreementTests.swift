// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Analytics

/// The port against the numpy reference, request by request.
@Suite("Agreement with the numpy reference")
struct ReferenceAgreementTests {
  /// Both use doubles; beyond rounding they may differ by nothing.
  static let toleratedNats = 1e-6
  static let toleratedShare = 1e-6
  /// Where the reference tells half of the beacon's own period, which the names give.
  ///
  /// It tells the sleep of its best tracker; every interval is two of these here, or four.
  static let halved: Set = ["missing 0.3 jitter 0 T=60", "outliers 10 % clean T=60"]

  @Test("log E agrees after every request", arguments: ["jitter", "clocks", "benign"])
  func logEvidenceAgrees(fixture: String) throws {
    let sequences = try ReferenceSequence.load(fixture)
    #expect(sequences.count >= 20)
    for sequence in sequences {
      var evidence = TimingEvidence()
      var milliseconds = 0
      var worst = 0.0
      var worstRequest = 0
      for (index, request) in sequence.requests.enumerated() {
        milliseconds += request.milliseconds
        evidence.record(requestAt: Double(milliseconds) / 1000)
        let difference = abs(evidence.logEvidence - request.logEvidence)
        // Written so that a NaN counts as the worst.
        if !(difference <= worst) {
          worst = difference
          worstRequest = index + 1
        }
      }
      #expect(
        worst <= Self.toleratedNats, "\(sequence.name), worst after request \(worstRequest)")
      #expect(evidence.requests == sequence.requests.count, "\(sequence.name)")
      #expect(evidence.visits == sequence.visits, "\(sequence.name)")
      let period = try #require(evidence.periodSeconds)
      let expected = sequence.periodSeconds * (Self.halved.contains(sequence.name) ? 2 : 1)
      #expect(abs(period / expected - 1) <= Self.toleratedShare, "\(sequence.name)")
      let jitter = try #require(evidence.jitterRatio)
      #expect(abs(jitter - sequence.jitterRatio) <= Self.toleratedShare, "\(sequence.name)")
    }
  }
}
