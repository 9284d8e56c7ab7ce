// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Pairs that behave and were found to leave nothing to tell: looked at again after a while.
///
/// A signal may come with every request, and gathering what surrounds it costs some microseconds.
struct QuietPairs: Sendable {
  private var slots: FairSlots<FindingStore.Key, SubjectID>
  private var judgedAt: [KernelInstant] = []

  init(limit: Int) {
    slots = FairSlots(capacity: limit)
  }

  var count: Int { slots.count }
  var limit: Int { slots.capacity }
  var evictions: UInt64 { slots.evictions }

  /// Whether a pair was judged less than `nanoseconds` ago.
  func isFresh(_ key: FindingStore.Key, at now: KernelInstant, _ nanoseconds: UInt64) -> Bool {
    guard let slot = slots.slot(of: key) else { return false }
    return now.nanoseconds(since: judgedAt[slot]) < nanoseconds
  }

  mutating func note(_ key: FindingStore.Key, at now: KernelInstant) {
    if let slot = slots.slot(of: key) {
      judgedAt[slot] = now
      return
    }
    let place = slots.insert(key, owner: key.pair.subject)
    if place.slot == judgedAt.count {
      judgedAt.append(now)
    } else {
      judgedAt[place.slot] = now
    }
  }

  mutating func forget(_ key: FindingStore.Key) {
    if let slot = slots.slot(of: key) { slots.remove(at: slot) }
  }
}
