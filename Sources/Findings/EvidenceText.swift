// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// A finding's numbers in one line.
enum EvidenceText {
  static func text(_ evidence: Assessment.Evidence) -> String {
    switch evidence {
    case .beacon(let beacon): text(beacon)
    case .oneWay(let oneWay): text(oneWay)
    }
  }

  private static func text(_ beacon: BeaconEvidence) -> String {
    var parts: [String] = []
    if let period = beacon.periodSeconds { parts.append("every \(NumberText.seconds(period))") }
    if let jitter = beacon.jitterRatio { parts.append("jitter \(NumberText.percent(jitter))") }
    let failed = UInt64(beacon.visits) - min(beacon.source.failedVisits, UInt64(beacon.visits))
    parts.append(
      beacon.source.failedVisits == 0
        ? "\(beacon.visits) visits" : "\(failed) of \(beacon.visits) visits")
    if beacon.kind == .longConnection { parts.append("one long connection") }
    if let size = beacon.sentMedianBytes, size > 0 {
      let spread = beacon.sentSpreadRatio.map { " +-\(NumberText.percent($0))" } ?? ""
      // A trace may claim sizes beyond what a double can turn back.
      parts.append(NumberText.bytes(UInt64(min(size, 1e18))) + spread)
    }
    if !beacon.isPeriodicNow { parts.append("not periodic now") }
    return parts.joined(separator: ", ")
  }

  private static func text(_ oneWay: OneWayEvidence) -> String {
    let returned =
      oneWay.lastTraffic.allowanceBytes > 0
      ? "nothing beyond a handshake" : NumberText.bytes(oneWay.receivedBytes)
    return "sent \(NumberText.bytes(oneWay.sentBytes)), received \(returned)"
      + " on \(oneWay.oneWaySockets) of \(oneWay.sockets) sockets"
  }
}
