// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// What paths say, as bytes: they are the kernel's, not a string library's.
enum PathText {
  static let slash = UInt8(ascii: "/")

  /// The last component.
  static func baseName(_ path: ByteString) -> ArraySlice<UInt8> {
    guard let cut = path.bytes.lastIndex(of: slash) else { return path.bytes[...] }
    return path.bytes[(cut + 1)...]
  }

  static func isUnder(_ path: ByteString, _ prefix: StaticString) -> Bool {
    path.bytes.starts(with: String(describing: prefix).utf8)
  }

  /// The path without the kernel's " (deleted)", which would make a running program a new one.
  static func existing(_ path: ByteString) -> ByteString {
    let mark = Array(" (deleted)".utf8)
    guard path.bytes.count > mark.count, path.bytes.suffix(mark.count).elementsEqual(mark) else {
      return path
    }
    return ByteString(path.bytes.dropLast(mark.count))
  }

  /// An absolute path; unchanged where the directory is not known.
  ///
  /// A `..` behind a name stays: where it leads is known to who follows the path.
  static func resolve(_ path: ByteString, from directory: ByteString?) -> ByteString {
    path.absolute(from: directory) ?? path
  }

  /// Whether a `..` is left in it: it may lead anywhere, whatever it begins with.
  static func goesUp(_ path: ByteString) -> Bool {
    path.bytes.split(separator: slash).contains { $0.elementsEqual("..".utf8) }
  }

  /// Where a path leads if no name in it is a link.
  static func withoutLinks(_ path: ByteString) -> ByteString {
    guard path.bytes.first == slash else { return path }
    var parts: [ArraySlice<UInt8>] = []
    for part in path.bytes.split(separator: slash) {
      if part.elementsEqual("..".utf8) {
        _ = parts.popLast()
      } else {
        parts.append(part)
      }
    }
    return ByteString([slash] + parts.joined(separator: [slash]))
  }

  /// `/snap/NAME/REVISION/rest` as its name and the path without the revision.
  static func snap(_ path: ByteString) -> (name: ByteString, path: ByteString)? {
    let parts = path.bytes.split(separator: slash)
    guard parts.count >= 4, path.bytes.first == slash, parts[0].elementsEqual("snap".utf8) else {
      return nil
    }
    let rest = parts[...1] + parts[3...]
    return (ByteString(parts[1]), ByteString([slash] + rest.joined(separator: [slash])))
  }

  /// `registry:5000/name:tag@sha256:…` without tag and digest.
  static func untagged(_ image: ByteString) -> ByteString {
    let named = image.bytes.prefix { $0 != UInt8(ascii: "@") }
    let nameStart = (named.lastIndex(of: slash) ?? -1) + 1
    guard let colon = named[nameStart...].firstIndex(of: UInt8(ascii: ":")) else {
      return ByteString(named)
    }
    return ByteString(named[..<colon])
  }

  /// A unit's name without its instance, and a transient unit's without its random part.
  static func unitFamily(_ unit: ByteString) -> ByteString {
    let bytes = unit.bytes
    let suffix = bytes.lastIndex(of: UInt8(ascii: ".")).map { bytes[$0...] } ?? []
    if let at = bytes.firstIndex(of: UInt8(ascii: "@")) {
      return ByteString(bytes[...at] + suffix)
    }
    for prefix in ["run-", "session-"] where bytes.starts(with: prefix.utf8) {
      return ByteString(Array(prefix.utf8) + suffix)
    }
    return unit
  }
}
