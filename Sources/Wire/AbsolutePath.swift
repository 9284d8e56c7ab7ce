// SPDX-License-Identifier: Apache-2.0

extension ByteString {
  /// The path from the root on; nil where it begins at a directory that is not known.
  ///
  /// `.` is left out, and each `..` before the first name: it goes up from the directory, which is
  /// the kernel's word and free of links. A name may be a link, and `..` behind it goes up from
  /// where that leads, so it stays.
  public func absolute(from directory: ByteString?) -> ByteString? {
    let slash = UInt8(ascii: "/")
    var parts: [ArraySlice<UInt8>] = []
    if bytes.first != slash {
      guard let directory, directory.bytes.first == slash else { return nil }
      parts = directory.bytes.split(separator: slash)
    }
    var hasName = false
    for part in bytes.split(separator: slash) where !part.elementsEqual(".".utf8) {
      if !hasName, part.elementsEqual("..".utf8) {
        _ = parts.popLast()
      } else {
        hasName = true
        parts.append(part)
      }
    }
    return ByteString([slash] + parts.joined(separator: [slash]))
  }
}
