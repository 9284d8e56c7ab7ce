// SPDX-License-Identifier: Apache-2.0

/// From a path to the packages that may list it: 8 bytes a path, by 48 bits of a hash.
///
/// Two paths may share a hash, so every answer is looked up in the package's own list.
struct PathIndex {
  /// 32 MB; a desktop with everything has about a tenth of the paths.
  private static let capacity = 4_000_000
  private static let numberMask: UInt64 = 0xffff

  private var entries: [UInt64] = []
  private(set) var isFull = false

  mutating func insert(_ hash: PathHash, package: UInt16) {
    guard entries.count < Self.capacity else {
      isFull = true
      return
    }
    entries.append(hash.value & ~Self.numberMask | UInt64(package))
  }

  /// Ends the filling.
  mutating func sort() { entries.sort() }

  func packages(of hash: PathHash) -> [UInt16] {
    let key = hash.value & ~Self.numberMask
    var low = 0
    var high = entries.count
    while low < high {
      let middle = low + (high - low) / 2
      if entries[middle] < key { low = middle + 1 } else { high = middle }
    }
    return entries[low...].prefix { $0 & ~Self.numberMask == key }
      .map { UInt16(truncatingIfNeeded: $0) }
  }
}

/// FNV-1a of a path, with its bits spread: the index keeps the upper ones.
struct PathHash {
  private(set) var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func append(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  var value: UInt64 {
    let mixed = (state ^ state >> 32) &* 0x9e37_79b9_7f4a_7c15
    return mixed ^ mixed >> 29
  }

  static func of(_ path: some Sequence<UInt8>) -> PathHash {
    var hash = PathHash()
    for byte in path { hash.append(byte) }
    return hash
  }
}
