// SPDX-License-Identifier: Apache-2.0

/// Slots of a bounded table, and who must give one up when it is full.
///
/// Every key has an owner. A full table takes the slot of the owner that holds the most, and of
/// that owner's slots the youngest: whoever sprays keys loses its own newest ones, and an old,
/// slow entry stays. The values lie in the caller's arrays, by slot number; slots are dense, a
/// new one is always `count` of the values so far.
public struct FairSlots<Key: Hashable & Sendable, Owner: Hashable & Sendable>: Sendable {
  @usableFromInline
  struct Link: Sendable {
    @usableFromInline var key: Key
    @usableFromInline var owner: Owner
    /// Grows with every insertion: age, and a tie-break that no hash seed can move.
    @usableFromInline var serial: UInt64
    @usableFromInline var older: Int32
    @usableFromInline var younger: Int32
    @usableFromInline var isUsed: Bool
  }

  struct Holding: Sendable {
    var youngest: Int32
    var count: Int
  }

  /// A slot for a new key.
  public struct Place: Sendable {
    public let slot: Int
    /// The slot was taken from another key, whose value still lies in it.
    public let isTaken: Bool
  }

  public let capacity: Int
  /// Keys that lost their slot to another.
  public private(set) var evictions: UInt64 = 0

  @usableFromInline var index: [Key: Int32] = [:]
  @usableFromInline var links: [Link] = []
  private var free: [Int32] = []
  private var holdings: [Owner: Holding] = [:]
  private var serial: UInt64 = 0
  /// The owner found to hold most, and an upper bound of what any other holds.
  private var largest: Owner?
  private var runnerUp = 0
  private var hand = 0

  /// A table of at most `capacity` keys, at least 1 and at most 2^31 - 1.
  public init(capacity: Int) {
    self.capacity = min(max(capacity, 1), Int(Int32.max))
  }

  public var count: Int { index.count }

  /// Slots that were ever used: the length of the caller's arrays.
  public var slotCount: Int { links.count }

  @inlinable
  public func slot(of key: Key) -> Int? {
    guard let slot = index[key] else { return nil }
    return Int(slot)
  }

  /// The key in a slot, nil where it is free or was never used.
  @inlinable
  public func key(at slot: Int) -> Key? {
    guard slot < links.count, links[slot].isUsed else { return nil }
    return links[slot].key
  }

  /// How many slots an owner holds.
  public func count(of owner: Owner) -> Int { holdings[owner]?.count ?? 0 }

  /// An owner's slots, the youngest first.
  public func slots(of owner: Owner) -> some Sequence<Int> {
    sequence(state: holdings[owner]?.youngest ?? -1) { [links] slot -> Int? in
      guard slot >= 0 else { return nil }
      defer { slot = links[Int(slot)].older }
      return Int(slot)
    }
  }

  /// Gives a new key a slot; the key must not be present.
  public mutating func insert(_ key: Key, owner: Owner) -> Place {
    var isTaken = false
    let slot: Int32
    if let reused = free.popLast() {
      slot = reused
    } else if links.count < capacity {
      slot = Int32(truncatingIfNeeded: links.count)
    } else {
      slot = victim()
      detach(slot)
      evictions += 1
      isTaken = true
    }
    let holding = holdings[owner] ?? Holding(youngest: -1, count: 0)
    serial += 1
    let link = Link(
      key: key, owner: owner, serial: serial, older: holding.youngest, younger: -1, isUsed: true)
    if Int(slot) == links.count { links.append(link) } else { links[Int(slot)] = link }
    if holding.youngest >= 0 { links[Int(holding.youngest)].younger = slot }
    holdings[owner] = Holding(youngest: slot, count: holding.count + 1)
    if owner != largest { runnerUp = max(runnerUp, holding.count + 1) }
    index[key] = slot
    return Place(slot: Int(slot), isTaken: isTaken)
  }

  /// Renames the key in a slot; the new key must not be present.
  public mutating func rekey(at slot: Int, to key: Key) {
    guard let old = self.key(at: slot) else { return }
    index[old] = nil
    index[key] = Int32(truncatingIfNeeded: slot)
    links[slot].key = key
  }

  /// Looks at the next few used slots in turn, for the first that has outlived its use.
  ///
  /// A caller asks before it inserts into a full table, so that what nobody needs any more goes
  /// before what somebody does.
  public mutating func nextStale(where isStale: (Int) -> Bool) -> Int? {
    guard links.count == capacity, free.isEmpty else { return nil }
    for _ in 0..<min(16, links.count) {
      hand = (hand + 1) % links.count
      if links[hand].isUsed, isStale(hand) { return hand }
    }
    return nil
  }

  /// Frees a slot; nothing happens when it is free already.
  public mutating func remove(at slot: Int) {
    guard key(at: slot) != nil else { return }
    detach(Int32(truncatingIfNeeded: slot))
    free.append(Int32(truncatingIfNeeded: slot))
  }

  private mutating func detach(_ slot: Int32) {
    let link = links[Int(slot)]
    index[link.key] = nil
    links[Int(slot)].isUsed = false
    if link.older >= 0 { links[Int(link.older)].younger = link.younger }
    if link.younger >= 0 { links[Int(link.younger)].older = link.older }
    guard var holding = holdings[link.owner] else { return }
    if holding.youngest == slot { holding.youngest = link.older }
    holding.count -= 1
    holdings[link.owner] = holding.count == 0 ? nil : holding
  }

  /// The youngest slot of the owner that holds most, of equals the one with the youngest slot.
  private mutating func victim() -> Int32 {
    if let largest, let holding = holdings[largest], holding.count >= runnerUp {
      return holding.youngest
    }
    var best: (owner: Owner, holding: Holding)?
    var second = 0
    // The order of iteration does not matter: count and serial number decide, and no two are equal.
    for (owner, holding) in holdings {
      guard let current = best else {
        best = (owner, holding)
        continue
      }
      let isLarger =
        holding.count != current.holding.count
        ? holding.count > current.holding.count
        : links[Int(holding.youngest)].serial > links[Int(current.holding.youngest)].serial
      if isLarger {
        second = max(second, current.holding.count)
        best = (owner, holding)
      } else {
        second = max(second, holding.count)
      }
    }
    largest = best?.owner
    runnerUp = second
    return best?.holding.youngest ?? 0
  }
}
