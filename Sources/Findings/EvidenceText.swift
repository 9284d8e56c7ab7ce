// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Protocols

/// A finding's numbers in one line.
enum EvidenceText {
  static func text(_ evidence: Assessment.Evidence) -> String {
    switch evidence {
    case .beacon(let beacon): text(beacon)
    case .oneWay(let oneWay): text(oneWay)
    case .tlsEgress(let egress): text(egress)
    case .excessEgress(let egress): text(egress)
    case .nonconforming(let traffic): text(traffic)
    }
  }

  private static func text(_ beacon: BeaconEvidence) -> String {
    var parts: [String] = []
    if let period = beacon.periodSeconds { parts.append("every \(NumberText.seconds(period))") }
    if let jitter = beacon.jitterRatio { parts.append("jitter \(NumberText.percent(jitter))") }
    let failed = UInt64(beacon.visits) - min(beacon.failedVisits, UInt64(beacon.visits))
    parts.append(
      beacon.failedVisits == 0
        ? "\(beacon.visits) visits" : "\(failed) of \(beacon.visits) visits")
    if beacon.addresses > 1 { parts.append("\(beacon.addresses) addresses") }
    if beacon.executables > 1 { parts.append("\(beacon.executables) executables") }
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
    guard !oneWay.isPoll else {
      return "\(oneWay.singleExchangeSockets) polls in \(NumberText.seconds(oneWay.windowSeconds))"
        + ", no report"
    }
    let returned =
      oneWay.lastTraffic.allowanceBytes > 0
      ? "nothing beyond a handshake" : NumberText.bytes(oneWay.receivedBytes)
    return "sent \(NumberText.bytes(oneWay.sentBytes)), received \(returned)"
      + " on \(oneWay.oneWaySockets) of \(oneWay.sockets) sockets"
  }

  private static func text(_ egress: TLSEgressEvidence) -> String {
    var parts = ["\(NumberText.bytes(egress.peakWindowBytes)) sent over TLS in 5 minutes"]
    if egress.persistedHours >= 1 {
      parts.append("on one connection for \(NumberText.seconds(egress.persistedHours * 3_600))")
    }
    return parts.joined(separator: ", ")
  }

  private static func text(_ egress: ExcessEgressEvidence) -> String {
    let days = egress.days == 1 ? "1 day" : "\(egress.days) days"
    return "sent \(NumberText.bytes(egress.sentBytes)), received "
      + "\(NumberText.bytes(egress.receivedBytes)) in \(days)"
      + (egress.addresses > 1 ? ", \(egress.addresses) addresses" : "")
  }

  private static func text(_ traffic: NonconformingEvidence) -> String {
    if let resets = traffic.resets {
      return "\(resets.total) packets of no flow to \(resets.localPorts) ports, at most "
        + "\(resets.peakPerMinute) a minute"
    }
    var parts: [String] = []
    if let seen = traffic.seen, let promise = traffic.promise {
      parts.append(
        "\(seen.rawValue) instead of \(promise) on \(traffic.contradictingSockets) sockets")
    }
    if let days = traffic.quietDays {
      parts.append("first use of the network after \(days) days without")
    }
    return parts.joined(separator: ", ")
  }
}
