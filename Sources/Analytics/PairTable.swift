// SPDX-License-Identifier: Apache-2.0

internal import Flows

/// State per pair, bounded: a full table takes from the subject that holds most its youngest pair.
///
/// The state is plain numbers, so that it can be saved as they lie.
struct PairTable<State: BitwiseCopyable & Sendable>: Sendable {
  private var slots: FairSlots<Pair, SubjectID>
  private var states: [State] = []

  init(limit: Int) {
    slots = FairSlots(capacity: limit)
  }

  var count: Int { slots.count }
  var limit: Int { slots.capacity }
  var evictions: UInt64 { slots.evictions }

  func slot(of pair: Pair) -> Int? { slots.slot(of: pair) }

  func pair(at slot: Int) -> Pair? { slots.key(at: slot) }

  subscript(slot: Int) -> State {
    _read { yield states[slot] }
    _modify { yield &states[slot] }
  }

  /// Stores a new pair; in a full table what `isStale` says goes first.
  mutating func insert(_ pair: Pair, _ state: State, isStale: (State) -> Bool) -> Int {
    if let stale = staleSlot(isStale) { slots.remove(at: stale) }
    let place = slots.insert(pair, owner: pair.subject)
    if place.slot == states.count {
      states.append(state)
    } else {
      states[place.slot] = state
    }
    return place.slot
  }

  /// A function of its own, so that the second reference to the states ends before they change.
  private mutating func staleSlot(_ isStale: (State) -> Bool) -> Int? {
    let held = states
    return slots.nextStale { isStale(held[$0]) }
  }

  /// A subject's slots with their pairs, the youngest first.
  func used(of subject: SubjectID) -> [(slot: Int, pair: Pair)] {
    slots.slots(of: subject).compactMap { slot in slots.key(at: slot).map { (slot, $0) } }
  }

  /// Slots in use with their pairs, in an order that does not depend on hashing.
  var used: [(slot: Int, pair: Pair)] {
    states.indices.compactMap { slot in slots.key(at: slot).map { (slot, $0) } }
  }

  /// Changes every state in use.
  mutating func changeAll(_ change: (inout State) -> Void) {
    for slot in states.indices where slots.key(at: slot) != nil { change(&states[slot]) }
  }

  mutating func remove(at slot: Int) {
    slots.remove(at: slot)
  }
}
