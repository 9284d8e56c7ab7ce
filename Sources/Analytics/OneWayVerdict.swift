// SPDX-License-Identifier: Apache-2.0

internal import Flows

// What a one-way pair's numbers come to: the tests of its finding.

extension OneWay {
  /// The pair's evidence with the tests that were made; nil where there is nothing to tell.
  func assessment(of pair: Pair, _ facts: SubjectFacts) -> Assessment? {
    guard let evidence = evidence(of: pair) else { return nil }
    if evidence.isPoll, !isRemarkable(facts) { return nil }
    var assessment = Assessment(
      pair: pair, evidence: .oneWay(evidence), tests: tests(of: evidence))
    assessment.isOutage = !evidence.isPoll && isOutage(evidence)
    return assessment
  }

  /// Whether a poll is worth a word.
  ///
  /// Every configuration client polls, and so does much that users install for themselves: there
  /// the destination has to be new as well.
  private func isRemarkable(_ facts: SubjectFacts) -> Bool {
    if facts.isObeyed { return true }
    return switch facts.provenance {
    case .volatile: true
    case .userWritable: facts.isDestinationNew == true
    case .administrator, .verified, nil: false
    }
  }

  /// Every test that was made, met or not.
  private func tests(of evidence: OneWayEvidence) -> [TestResult] {
    let allowance = evidence.lastTraffic.allowanceBytes
    let threshold = UInt64(settings.socketThreshold)
    let tests = [
      TestResult(
        name: "web_service", value: .word(evidence.lastTraffic.sign.rawValue),
        threshold: .word("tls, http or a web port"), isMet: true),
      TestResult(
        name: "HandshakeAllowance", value: .count(evidence.lastTraffic.returnedBytes),
        threshold: .count(allowance), isMet: evidence.lastTraffic.returnedBytes <= allowance),
      TestResult(
        name: "SocketThreshold", value: .count(evidence.oneWaySockets),
        threshold: .count(threshold), isMet: evidence.oneWaySockets >= threshold),
      TestResult(
        name: "TimeWindow", value: .number(evidence.windowSeconds),
        threshold: .number(settings.timeWindowSeconds),
        isMet: evidence.windowSeconds >= settings.timeWindowSeconds),
    ]
    guard !evidence.isPoll else { return tests + [poll(evidence, threshold)] }
    return tests + [
      TestResult(
        name: "sent_exceeds_received", value: .count(evidence.sentBytes),
        threshold: .count(evidence.receivedBytes),
        isMet: evidence.sentBytes > evidence.receivedBytes),
      TestResult(
        name: "unanswered_for_AnsweredMemory", value: .flag(!isOutage(evidence)),
        threshold: .flag(true), isMet: !isOutage(evidence)),
    ]
  }

  private func poll(_ evidence: OneWayEvidence, _ threshold: UInt64) -> TestResult {
    TestResult(
      name: "poll_without_report", value: .count(evidence.singleExchangeSockets),
      threshold: .count(threshold),
      isMet: evidence.singleExchangeSockets >= threshold
        && evidence.singleExchangeSockets == evidence.answeredSockets)
  }

  /// The pair was answered not long ago: the service is out of order, the channel not one-way.
  private func isOutage(_ evidence: OneWayEvidence) -> Bool {
    guard let age = evidence.lastAnsweredSecondsAgo else { return false }
    return age <= settings.answeredMemorySeconds
  }
}
