// SPDX-License-Identifier: Apache-2.0

/// The forms a trace is kept in, and the logs that are read as one.
public enum TraceFormat: String, Sendable {
  /// Framed records in compressed blocks.
  case native
  /// One JSON object a line.
  case jsonLines = "jsonl"
  /// The same as a zstd stream.
  case compressedJSONLines = "jsonl.zst"
  /// Zeek's conn.log, tab-separated; only read.
  case zeekTable = "zeek-tsv"
  /// Zeek's conn.log, an object a line; only read.
  case zeekObjects = "zeek-json"

  /// The forms that can be written.
  public static let written: [TraceFormat] = [.native, .jsonLines, .compressedJSONLines]

  /// A Zeek log of either form.
  public var isZeek: Bool { self == .zeekTable || self == .zeekObjects }
}

/// What the first bytes of some input look like.
///
/// Names are not asked: a file may be called anything, and standard input has none.
public enum TraceSniff: Hashable, Sendable {
  case native
  /// A zstd stream of something.
  case zstd
  /// Text that begins with a JSON object.
  case json
  /// Text that begins with the head of a Zeek log.
  case zeek
  case empty
  case other

  /// How many bytes decide.
  public static let prefixBytes = 8

  public init(_ prefix: Span<UInt8>) {
    func begins(with bytes: [UInt8]) -> Bool {
      guard prefix.count >= bytes.count else { return false }
      for index in 0..<bytes.count where prefix[index] != bytes[index] { return false }
      return true
    }
    let firstInk = prefix.indices.first { ![0x20, 0x09, 0x0a, 0x0d].contains(prefix[$0]) }
    if begins(with: NativeLayout.magic) {
      self = .native
    } else if begins(with: [0x28, 0xb5, 0x2f, 0xfd])
      || !prefix.isEmpty && prefix[0] & 0xf0 == 0x50
        && begins(with: [prefix[0], 0x2a, 0x4d, 0x18])
    {
      self = .zstd
    } else if let firstInk {
      switch prefix[firstInk] {
      case UInt8(ascii: "{"): self = .json
      case UInt8(ascii: "#"): self = .zeek
      default: self = .other
      }
    } else {
      self = prefix.isEmpty ? .empty : .other
    }
  }
}
