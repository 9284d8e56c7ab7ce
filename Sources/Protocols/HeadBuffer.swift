// SPDX-License-Identifier: Apache-2.0

/// The pieces of one direction's first bytes, put together.
public struct HeadBuffer: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var pieces = 0

  /// trace.md's bounds.
  public static let limitBytes = 2_048
  private static let limitPieces = 8

  public init() {}

  /// Takes the next piece; false, and nothing taken, where it does not follow or is one too many.
  public mutating func append(_ data: [UInt8], at offset: UInt64) -> Bool {
    guard !data.isEmpty, offset == UInt64(bytes.count), !isFull else { return false }
    bytes += data.prefix(Self.limitBytes - bytes.count)
    pieces += 1
    return true
  }

  public var isFull: Bool { bytes.count >= Self.limitBytes || pieces >= Self.limitPieces }
}
