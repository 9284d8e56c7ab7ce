// SPDX-License-Identifier: Apache-2.0

/// One life of one socket, unique in a stream.
///
/// halfwire writes `cookie.generation`. Other people's traces name sockets as they like: such a
/// name is kept as `label`, and a 128-bit hash of it stands in `cookie` and `generation`.
public struct SocketKey: Sendable {
  public let cookie: UInt64
  public let generation: UInt64
  /// The name as the trace wrote it, nil for halfwire's own form.
  public let label: String?

  public init(cookie: UInt64, generation: UInt32) {
    self.cookie = cookie
    self.generation = UInt64(generation)
    label = nil
  }

  /// Reads `cookie.generation`, and takes any other text as an opaque name.
  public init(text: String) {
    if let own = Self.parse(text) {
      cookie = own.cookie
      generation = UInt64(own.generation)
      label = nil
      return
    }
    label = text
    var low: UInt64 = 0xcbf2_9ce4_8422_2325
    var high: UInt64 = 0x6c62_272e_07bb_0142
    for byte in text.utf8 {
      low = (low ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      high = (high ^ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
      high ^= high >> 29
    }
    cookie = low
    // The top bit keeps opaque names apart from halfwire's own 32-bit generations.
    generation = high | (1 << 63)
  }

  public var text: String { label ?? "\(cookie).\(generation)" }

  private static func parse(_ text: String) -> (cookie: UInt64, generation: UInt32)? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let cookie = UInt64(parts[0]), let generation = UInt32(parts[1]),
      text == "\(cookie).\(generation)"
    else { return nil }
    return (cookie, generation)
  }
}

extension SocketKey: Hashable {
  public static func == (left: SocketKey, right: SocketKey) -> Bool {
    left.cookie == right.cookie && left.generation == right.generation
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(cookie)
    hasher.combine(generation)
  }
}

extension SocketKey: CustomStringConvertible {
  public var description: String { text }
}
