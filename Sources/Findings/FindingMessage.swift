// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Protocols

/// A finding in one sentence.
enum FindingMessage {
  static func text(
    _ assessment: Assessment, _ process: FindingProcess, _ destination: FindingDestination
  ) -> String {
    let who = process.label
    // An HTTP host that is the address itself says nothing more.
    let name = destination.key.isWide ? nil : destination.name
    let isNamed = name != nil && name != destination.address
    let remote = remote(destination) + (isNamed ? " (\(name ?? ""))" : "")
    switch assessment.evidence {
    case .beacon(let beacon):
      guard beacon.visitsAtFinding > 0 else {
        return "\(who) keeps contacting \(remote), \(beacon.visits) times, without a clock"
      }
      let period = beacon.periodSeconds.map { " every \(NumberText.seconds($0))" } ?? ""
      return "\(who) contacts \(remote)\(period) by the clock"
    case .oneWay(let oneWay):
      guard !oneWay.isPoll else {
        return "\(who) polls \(remote) and never reports back"
      }
      let answer =
        oneWay.lastTraffic.allowanceBytes > 0 ? "nothing beyond a handshake" : "no answer"
      return "\(who) sent \(NumberText.bytes(oneWay.sentBytes)) to \(remote) "
        + "and got \(answer) on \(oneWay.oneWaySockets) of \(oneWay.sockets) sockets"
    case .tlsEgress(let egress):
      return "\(who) sent \(NumberText.bytes(egress.peakWindowBytes)) over TLS to \(remote) "
        + "within 5 minutes"
    case .excessEgress(let egress):
      return "\(who) sent \(NumberText.bytes(egress.sentBytes)) to \(remote) and received "
        + "\(NumberText.bytes(egress.receivedBytes))"
    case .nonconforming(let traffic):
      if let resets = traffic.resets {
        return "\(remote) sends packets that belong to no flow, to \(resets.localPorts) ports"
      }
      if let seen = traffic.seen, let promise = traffic.promise {
        return "\(who) speaks \(seen.rawValue) to \(remote), where \(promise) is expected"
      }
      return "\(who) never used the network before it contacted \(remote)"
    }
  }

  /// With the second step of a chain, in a sentence that goes on.
  private static func remote(_ destination: FindingDestination) -> String {
    guard let forwarder = destination.forwarder else { return destination.label }
    let onward = "which \(forwarder.label) forwards to \(forwarder.remote),"
    return destination.key.isWide
      ? "\(destination.label) through \(destination.endpoint), \(onward)"
      : "\(destination.endpoint), \(onward)"
  }
}
