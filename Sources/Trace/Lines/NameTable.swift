// SPDX-License-Identifier: Apache-2.0

/// Finds the index of one of a fixed set of names by its bytes, without making a string of them.
struct NameTable {
  private let names: [[UInt8]]
  /// Open addressing: a name's index plus one, 0 for a free place.
  private let slots: [UInt8]

  /// At most 200 names, so that a free place is always near.
  init(_ texts: [String]) {
    names = texts.prefix(200).map { Array($0.utf8) }
    var slots = [UInt8](repeating: 0, count: 512)
    for (index, name) in names.enumerated() {
      var slot = Self.hash(name.span, 0..<name.count)
      while slots[slot] != 0 { slot = (slot + 1) & 511 }
      slots[slot] = UInt8(truncatingIfNeeded: index + 1)
    }
    self.slots = slots
  }

  func index(of range: Range<Int>, in line: Span<UInt8>) -> Int? {
    var slot = Self.hash(line, range)
    while true {
      let index = Int(slots[slot]) - 1
      guard index >= 0 else { return nil }
      if matches(names[index], line, range) { return index }
      slot = (slot + 1) & 511
    }
  }

  private func matches(_ name: [UInt8], _ line: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard name.count == range.count else { return false }
    for index in 0..<name.count where name[index] != line[range.lowerBound + index] {
      return false
    }
    return true
  }

  /// FNV-1a, folded; the names are ours, so nobody can choose collisions among them.
  private static func hash(_ line: Span<UInt8>, _ range: Range<Int>) -> Int {
    var hash: UInt32 = 0x811c_9dc5
    for index in range { hash = (hash ^ UInt32(line[index])) &* 0x0100_0193 }
    return Int((hash ^ hash >> 15) & 511)
  }
}
