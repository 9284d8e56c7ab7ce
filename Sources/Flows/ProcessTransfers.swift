// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Bytes by executable name: twenty names by themselves, all others together.
///
/// Labels of a metric must be few and must not jump about. A name gets a place when one is free;
/// later only when it has moved twice the bytes of the smallest place, which is then folded into
/// the rest. Every series only grows: a name's begins at 0 when it gets its place.
public struct ProcessTransfers: Sendable {
  public static let placeCount = 20
  private static let width = 2 * DestinationScope.allCases.count

  /// Bytes of one executable name.
  public struct Row: Sendable {
    /// Nil for all names without a place.
    public let name: String?
    fileprivate let bytes: [UInt64]

    public func bytes(_ direction: Direction, _ scope: DestinationScope) -> UInt64 {
      bytes[2 * scope.index + direction.index]
    }
  }

  private struct Name {
    let text: String
    var total: UInt64 = 0
    var hasPlace = false
    /// Counts when it got its place, subtracted from what its series shows.
    var base: [UInt64] = []
  }

  private let capacity: Int
  private var slots: [ByteString: Int32] = [:]
  private var names: [Name] = []
  private var counts: [UInt64] = []
  private var everything = [UInt64](repeating: 0, count: width)
  private var places: [Int] = []
  /// Times a name lost its place to a larger one, or found no room to be counted by itself.
  public private(set) var foldings: UInt64 = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 1)
  }

  /// The counter of a name; -1 where there is no room for another name.
  mutating func slot(of name: ByteString) -> Int32 {
    if let slot = slots[name] { return slot }
    guard names.count < capacity else {
      foldings &+= 1
      return -1
    }
    let slot = Int32(truncatingIfNeeded: names.count)
    slots[name] = slot
    names.append(Name(text: name.description))
    counts += [UInt64](repeating: 0, count: Self.width)
    return slot
  }

  @inline(__always)
  mutating func count(sent: UInt64, received: UInt64, _ scope: DestinationScope, slot: Int32) {
    let offset = 2 * scope.index
    everything[offset] &+= sent
    everything[offset + 1] &+= received
    guard slot >= 0 else { return }
    let own = Int(slot) * Self.width + offset
    counts[own] &+= sent
    counts[own + 1] &+= received
  }

  /// Gives places to the names that earned one; called once in a while, not per event.
  mutating func rank() {
    for slot in names.indices {
      names[slot].total = counts[slot * Self.width..<(slot + 1) * Self.width].reduce(0, &+)
    }
    let waiting = names.indices.filter { !names[$0].hasPlace && names[$0].total > 0 }
    let ordered = waiting.sorted { left, right in
      (names[left].total, right) > (names[right].total, left)
    }
    for slot in ordered {
      if places.count < Self.placeCount {
        place(slot)
        continue
      }
      guard let smallest = places.min(by: { names[$0].total < names[$1].total }),
        names[slot].total / 2 > names[smallest].total
      else { return }
      places.removeAll { $0 == smallest }
      names[smallest].hasPlace = false
      foldings &+= 1
      place(slot)
    }
  }

  private mutating func place(_ slot: Int) {
    names[slot].hasPlace = true
    names[slot].base = Array(counts[slot * Self.width..<(slot + 1) * Self.width])
    places.append(slot)
  }

  /// The placed names in the order they got their places, then the rest.
  public var rows: [Row] {
    var rest = everything
    var result: [Row] = []
    for slot in places {
      let own = zip(counts[slot * Self.width..<(slot + 1) * Self.width], names[slot].base).map(&-)
      for index in rest.indices { rest[index] &-= own[index] }
      result.append(Row(name: names[slot].text, bytes: own))
    }
    return result + [Row(name: nil, bytes: rest)]
  }
}
