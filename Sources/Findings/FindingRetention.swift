// SPDX-License-Identifier: Apache-2.0

/// How much of what was told a state directory keeps.
public struct FindingRetention: Hashable, Sendable {
  /// After its last sign of life, in days.
  public var days = 90
  /// Of all findings together, as they are written to a findings file.
  public var bytes = 33_554_432

  public init() {}
}
