// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows

/// A finding that was open when the sensor stopped: it goes on under its id.
struct ResumedFinding: Sendable {
  let identity: FindingIdentity
  /// The severity that was told last.
  let told: Severity
  /// The worst that was told: what it reached is not counted again.
  let worst: Severity

  /// How long a finding is waited for after its last sign of life, in seconds.
  private static let memorySeconds: Int64 = 14 * 86_400

  /// Nil where the row is no finding's.
  init?(_ row: StateRow, _ analytic: Analytic, _ destination: Destination) {
    var reader = RowReader(row.value)
    guard reader.signed() != nil, let id = reader.text(), let firstSeen = reader.text(),
      let bootID = reader.text(), let told = reader.text().flatMap(Severity.init(rawValue:)),
      let subject = PairMemory.subject(row),
      // Rows of early versions end here.
      let worst = reader.isAtEnd ? told : reader.text().flatMap(Severity.init(rawValue:)),
      reader.isAtEnd
    else { return nil }
    identity = FindingIdentity(
      id: id, subject: subject, firstSeen: firstSeen, bootID: bootID, analytic: analytic,
      destination: destination)
    self.told = told
    self.worst = worst
  }

  /// The row's value, for a finding that was last seen at Unix `lastSeen`.
  static func value(
    _ identity: FindingIdentity, told: Severity, worst: Severity, lastSeen: Int64
  ) -> [UInt8] {
    var writer = RowWriter()
    writer.put(signed: lastSeen + memorySeconds)
    writer.put(text: identity.id)
    writer.put(text: identity.firstSeen)
    writer.put(text: identity.bootID)
    writer.put(text: told.rawValue)
    writer.put(text: worst.rawValue)
    return writer.bytes
  }
}
