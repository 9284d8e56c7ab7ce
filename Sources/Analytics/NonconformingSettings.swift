// SPDX-License-Identifier: Apache-2.0

/// Parameters of `nonconforming`; docs/analytics/nonconforming.md gives the reasons.
public struct NonconformingSettings: Hashable, Sendable {
  /// Distinct local ports that one remote's stray packets met in a day.
  public var resetPorts = 20
  /// Stray packets of one remote in a minute.
  public var resetsPerMinute = 100
  /// Days on which a program ran without using the network.
  public var quietDays = 5
  public var pairLimit = 16_384
  public var programLimit = 8_192
  public var remoteLimit = 4_096

  public init() {}
}
