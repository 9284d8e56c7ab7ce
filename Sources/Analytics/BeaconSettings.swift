// SPDX-License-Identifier: Apache-2.0

/// Parameters of `beacon`; docs/analytics/beacon.md gives the reasons.
public struct BeaconSettings: Hashable, Sendable {
  /// Similar payloads: their median deviation as a share of their median size.
  ///
  /// ATT&CK suggests "±5% size delta".
  public var payloadLengthVariance = 0.05
  /// Fewest visits that are judged at all; the timing test itself needs four.
  public var repeatFrequencyThreshold = 4
  /// ln 100: one pair in a hundred without a clock would reach it, at most, however often asked.
  public var logEvidenceThreshold = TimingEvidence.flagThreshold
  /// Evidence enough for a high severity: from a temporary directory or memory, and else.
  ///
  /// ln 1,000 and ln 10,000.
  public var strongLogEvidenceVolatile = 6.9
  public var strongLogEvidence = 9.2
  /// Without a clock: so many visits over so many hours.
  public var irregularVisits = 20
  public var irregularHours = 6.0
  /// Pairs seen fewer than four times, and pairs with a tracker of about 9 kB.
  public var youngPairLimit = 16_384
  public var trackedPairLimit = 4_096
  /// The same for networks, names and groups.
  public var wideYoungLimit = 16_384
  public var wideTrackedLimit = 2_048

  public init() {}
}
