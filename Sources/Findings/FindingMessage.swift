// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows

/// A finding in one sentence.
enum FindingMessage {
  static func text(
    _ assessment: Assessment, _ process: FindingProcess, _ destination: FindingDestination
  ) -> String {
    let who = process.label
    let name = destination.name.map { " (\($0))" } ?? ""
    let remote = destination.label + (destination.key.isWide ? "" : name)
    switch assessment.evidence {
    case .beacon(let beacon):
      let period = beacon.periodSeconds.map { " every \(NumberText.seconds($0))" } ?? ""
      return "\(who) contacts \(remote)\(period) by the clock"
    case .oneWay(let oneWay):
      return "\(who) sent \(NumberText.bytes(oneWay.sentBytes)) to \(remote) "
        + "and got no answer on \(oneWay.oneWaySockets) of \(oneWay.sockets) sockets"
    }
  }
}
