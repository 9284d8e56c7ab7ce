// SPDX-License-Identifier: Apache-2.0

/// How much a host's baseline may hold, in memory and on disk alike.
///
/// Memory is about 1.8 kB a subject, 150 bytes a pair or destination, and its texts.
public struct BaselineLimits: Hashable, Sendable {
  public var subjects = 8_192
  public var pairs = 32_768
  public var destinations = 16_384
  /// Which executable started which.
  public var edges = 16_384
  /// Names that DNS gave an address for.
  public var names = 16_384
  /// Pairs with an open finding, and process images that run from where code should not.
  public var taints = 4_096
  /// What nobody used for so many days may make room for another.
  public var memoryDays: Int64 = 90

  public init() {}
}
