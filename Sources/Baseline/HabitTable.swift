// SPDX-License-Identifier: Apache-2.0

internal import Flows

/// Records by key, bounded, with what the saving and the telling of them need to know.
struct HabitTable<Key: Hashable & Sendable, Owner: Hashable & Sendable, Record: Sendable>: Sendable
{
  struct Entry: Sendable {
    let key: Key
    var record: Record
    /// The stream has shown or told it: what is only in the store decides nothing yet.
    var isTold: Bool
    var isChanged: Bool
    var isSaved: Bool
  }

  private(set) var slots: FairSlots<Key, Owner>
  private var entries: [Entry] = []

  init(limit: Int) {
    slots = FairSlots(capacity: limit)
  }

  func slot(of key: Key) -> Int? { slots.slot(of: key) }

  /// The slot of a key that the stream knows of.
  func toldSlot(of key: Key) -> Int? {
    slots.slot(of: key).flatMap { entries[$0].isTold ? $0 : nil }
  }

  subscript(slot: Int) -> Entry {
    _read { yield entries[slot] }
    _modify { yield &entries[slot] }
  }

  /// Slots in use, in an order that does not depend on hashing.
  var used: [Int] { entries.indices.filter { slots.key(at: $0) != nil } }

  /// Puts a new key in its place; gives also what had to leave for it.
  ///
  /// In a full table what `isStale` says goes first.
  mutating func insert(
    _ key: Key, owner: Owner, _ record: Record, isTold: Bool, isSaved: Bool = false,
    isStale: (Record) -> Bool
  ) -> (slot: Int, displaced: Entry?) {
    var displaced: Entry?
    if let stale = staleSlot(isStale) {
      displaced = entries[stale]
      slots.remove(at: stale)
    }
    let place = slots.insert(key, owner: owner)
    let entry = Entry(
      key: key, record: record, isTold: isTold, isChanged: !isSaved, isSaved: isSaved)
    if place.slot == entries.count {
      entries.append(entry)
    } else {
      if place.isTaken { displaced = entries[place.slot] }
      entries[place.slot] = entry
    }
    return (place.slot, displaced)
  }

  /// A function of its own, so that the second reference to the entries ends before they change.
  private mutating func staleSlot(_ isStale: (Record) -> Bool) -> Int? {
    let held = entries
    return slots.nextStale { isStale(held[$0].record) }
  }

  mutating func remove(at slot: Int) { slots.remove(at: slot) }

  /// Gives the record in a slot another key, which must be new.
  mutating func rekey(at slot: Int, to key: Key) {
    slots.rekey(at: slot, to: key)
    let old = entries[slot]
    entries[slot] = Entry(
      key: key, record: old.record, isTold: old.isTold, isChanged: true, isSaved: false)
  }

  func row(named name: String) -> (name: String, count: Int, limit: Int, evictions: UInt64) {
    (name, slots.count, slots.capacity, slots.evictions)
  }
}
