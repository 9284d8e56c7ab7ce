// SPDX-License-Identifier: Apache-2.0

/// Byte strings in one piece, with where each ends.
///
/// Each string of its own takes fifty bytes beside its text, and a program may have a thousand
/// arguments of a byte: they are held for as long as it is known.
struct PackedStrings: Hashable, Sendable {
  private let bytes: [UInt8]
  private let ends: [UInt32]

  init(_ strings: [ByteString]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(strings.reduce(0) { $0 + $1.bytes.count })
    ends = strings.map { string in
      bytes.append(contentsOf: string.bytes)
      return UInt32(clamping: bytes.count)
    }
    self.bytes = bytes
  }

  var count: Int { ends.count }
  var byteCount: Int { bytes.count }

  var strings: [ByteString] {
    var start = 0
    return ends.map { end in
      defer { start = Int(end) }
      return ByteString(bytes[start..<Int(end)])
    }
  }
}
