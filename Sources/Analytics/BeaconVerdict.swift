// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// What a beacon's numbers come to: the tests of its finding.

extension Beacon {
  /// The pair's evidence with the tests that were made; nil where there is nothing to tell.
  func assessment(of pair: Pair, _ facts: SubjectFacts) -> Assessment? {
    guard let evidence = evidence(of: pair) else { return nil }
    var assessment = Assessment(pair: pair, evidence: .beacon(evidence), tests: tests(of: evidence))
    let strong =
      facts.provenance == .volatile
      ? settings.strongLogEvidenceVolatile : settings.strongLogEvidence
    assessment.isStrong = evidence.logEvidence >= strong
    // Evidence that once sufficed stays told, whatever became of it.
    if evidence.visitsAtFinding > 0 { return assessment }
    guard let provenance = facts.provenance, provenance >= .userWritable,
      evidence.isLong(settings), facts.isDestinationNew != false
    else { return nil }
    assessment.isIrregular = true
    assessment.tests += [
      TestResult(
        name: "irregular_visits", value: .count(UInt64(evidence.visits)),
        threshold: .count(UInt64(settings.irregularVisits)), isMet: true),
      TestResult(
        name: "irregular_hours", value: .number(evidence.seconds / 3_600),
        threshold: .number(settings.irregularHours), isMet: true),
      // Not known while the host is learned.
      facts.isDestinationNew.map {
        TestResult(
          name: "destination_is_new", value: .flag($0), threshold: .flag(true), isMet: $0)
      } ?? .unknown("destination_is_new", threshold: .flag(true)),
    ]
    return assessment
  }

  /// Every test that was made, met or not.
  private func tests(of evidence: BeaconEvidence) -> [TestResult] {
    [
      TestResult(
        name: "RepeatFrequencyThreshold", value: .count(UInt64(evidence.visits)),
        threshold: .count(UInt64(settings.repeatFrequencyThreshold)),
        isMet: evidence.visits >= settings.repeatFrequencyThreshold),
      TestResult(
        name: "log_evidence", value: .number(evidence.logEvidence),
        threshold: .number(settings.logEvidenceThreshold),
        isMet: evidence.logEvidence >= settings.logEvidenceThreshold),
      TestResult(
        name: "periodic_now", value: .flag(evidence.isPeriodicNow), threshold: .flag(true),
        isMet: evidence.isPeriodicNow),
      similarity("PayloadLengthVariance_sent", evidence.sentSpreadRatio),
      similarity("PayloadLengthVariance_received", evidence.receivedSpreadRatio),
    ]
  }

  private func similarity(_ name: String, _ spread: Double?) -> TestResult {
    let threshold = TestResult.Value.number(settings.payloadLengthVariance)
    guard let spread else { return .unknown(name, threshold: threshold) }
    return TestResult(
      name: name, value: .number(spread), threshold: threshold,
      isMet: spread <= settings.payloadLengthVariance)
  }
}

extension BeaconEvidence {
  /// Enough visits over enough hours to be remarkable without a clock.
  func isLong(_ settings: BeaconSettings) -> Bool {
    visits >= settings.irregularVisits && seconds >= settings.irregularHours * 3_600
  }
}
