// SPDX-License-Identifier: Apache-2.0

/// A string from the kernel or a trace: bytes that are usually, not surely, UTF-8.
public struct ByteString: Hashable, Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  public var isEmpty: Bool { bytes.isEmpty }

  /// The text when the bytes are valid UTF-8.
  public var text: String? {
    String(validating: bytes, as: UTF8.self)
  }
}

extension ByteString: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) {
    self.init(value)
  }
}

extension ByteString: CustomStringConvertible {
  /// For display: invalid sequences become U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
