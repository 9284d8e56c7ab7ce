// SPDX-License-Identifier: Apache-2.0

/// Parameters of `tls-egress`; docs/analytics/tls-egress.md gives the reasons.
public struct TLSEgressSettings: Hashable, Sendable {
  /// Bytes sent over TLS in five minutes.
  ///
  /// ATT&CK suggests ">1MB in <5 min".
  public var dataTransferThreshold: UInt64 = 1_000_000
  /// Familiar subjects: so many times what they send in 99 of 100 five minutes.
  public var familiarFactor = 3.0
  /// Active on fewer of the last 14 days is rare.
  public var rareDays = 3
  /// Of the steps 1, 4, 8 and 12 hours, for which one connection goes on, the one that counts.
  public var persistenceHours = 1.0
  /// ATT&CK suggests "persisting outside of normal business hours"; 0 leaves the hour out.
  public var timeWindow = 0
  /// Business hours, UTC: the first, and the one after the last.
  public var timeWindowStart = 8
  public var timeWindowEnd = 18
  public var pairLimit = 16_384
  public var subjectLimit = 4_096

  public init() {}
}

/// Parameters of `excess-egress`; docs/analytics/excess-egress.md gives the reasons.
public struct ExcessEgressSettings: Hashable, Sendable {
  /// Sent over received.
  public var outboundByteThreshold = 5.0
  /// Less sent than this in two weeks is no matter what the ratio.
  public var outboundByteFloor: UInt64 = 5_000_000
  /// What a TLS handshake takes of a socket's received and sent bytes.
  public var handshakeBytes: UInt64 = 4_096
  public var clientHandshakeBytes: UInt64 = 1_024
  /// Active on fewer of the last 14 days is uncommon.
  public var rareDays = 3
  public var pairLimit = 16_384
  public var wideLimit = 8_192

  public init() {}
}
