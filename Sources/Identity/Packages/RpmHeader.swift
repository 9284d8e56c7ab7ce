// SPDX-License-Identifier: Apache-2.0

/// One package as rpm stores it: a count of entries, a size, the entries, their data.
///
/// Numbers are big-endian; an entry is tag, type, offset into the data and count (LSB Core,
/// "Package File Format"; in the database the header stands without its magic). Every offset is
/// checked: a damaged package gives nil where its data would lie outside.
struct RpmHeader {
  enum Tag: UInt32 {
    case name = 1000
    case fileStates = 1029
    case fileDigests = 1035
    case fileFlags = 1037
    case directoryIndexes = 1116
    case baseNames = 1117
    case directoryNames = 1118
    case fileDigestAlgorithm = 5011
  }

  private enum Kind: UInt32 {
    case character = 1
    case integer8 = 2
    case integer32 = 4
    case string = 6
    case stringArray = 8
    case translatedString = 9
  }

  private struct Entry {
    let kind: UInt32
    let offset: Int
    let count: Int
  }

  private static let entryBytes = 16
  /// rpm's own limits are far above what a package has.
  private static let entryLimit = 65_536
  private static let valueLimit = 4_000_000

  private let bytes: [UInt8]
  private let data: Int
  private let end: Int
  private var entries: [UInt32: Entry] = [:]

  init?(_ bytes: [UInt8]) {
    guard let count = Self.number(bytes, at: 0), let size = Self.number(bytes, at: 4),
      count <= Self.entryLimit
    else { return nil }
    self.bytes = bytes
    data = 8 + Int(count) * Self.entryBytes
    end = data + Int(size)
    guard end <= bytes.count else { return nil }
    for index in 0..<Int(count) {
      let at = 8 + index * Self.entryBytes
      guard let tag = Self.number(bytes, at: at), let kind = Self.number(bytes, at: at + 4),
        let offset = Self.number(bytes, at: at + 8), let values = Self.number(bytes, at: at + 12),
        offset <= size, values <= Self.valueLimit
      else { return nil }
      // The first of a tag is the package's own; what rpm adds at install comes after.
      if entries[tag] == nil {
        entries[tag] = Entry(kind: kind, offset: data + Int(offset), count: Int(values))
      }
    }
  }

  func strings(_ tag: Tag) -> [ArraySlice<UInt8>]? {
    guard let entry = entries[tag.rawValue], let kind = Kind(rawValue: entry.kind) else {
      return nil
    }
    switch kind {
    case .string, .stringArray, .translatedString: break
    case .character, .integer8, .integer32: return nil
    }
    var strings: [ArraySlice<UInt8>] = []
    var start = entry.offset
    for _ in 0..<entry.count {
      guard let stop = bytes[start..<end].firstIndex(of: 0) else { return nil }
      strings.append(bytes[start..<stop])
      start = stop + 1
    }
    return strings
  }

  func numbers(_ tag: Tag) -> [UInt32]? {
    guard let entry = entries[tag.rawValue], let kind = Kind(rawValue: entry.kind) else {
      return nil
    }
    switch kind {
    case .character, .integer8:
      guard entry.offset + entry.count <= end else { return nil }
      return bytes[entry.offset..<entry.offset + entry.count].map { UInt32($0) }
    case .integer32:
      guard entry.offset + 4 * entry.count <= end else { return nil }
      return (0..<entry.count).compactMap { Self.number(bytes, at: entry.offset + 4 * $0) }
    case .string, .stringArray, .translatedString: return nil
    }
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32? {
    guard offset >= 0, offset + 4 <= bytes.count else { return nil }
    return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
