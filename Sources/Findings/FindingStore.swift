// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Wire

/// The findings of a stream, each with its life: created once, updated now and then, closed.
///
/// Bounded: a full store drops the youngest finding of the subject that has most.
struct FindingStore: Sendable {
  struct Key: Hashable {
    let analytic: Analytic
    let pair: Pair
  }

  struct Record: Sendable {
    let key: Key
    let identity: FindingIdentity
    /// As last written or refreshed.
    var finding: Finding
    /// Its severity before any suppression.
    var judged: Severity
    /// Its creation was written: explained ones stay silent unless they are asked for.
    var isTold: Bool
    var isOpen: Bool
    var lastSignal: KernelInstant
    /// Judged last.
    var lastBuilt: KernelInstant
    /// Written last, and with which severity.
    var lastTold: KernelInstant
    var told: Severity
    /// The worst that was ever told: each severity is counted once, on the way up.
    var worst: Severity
    /// The days of its pair do not count as familiar because of it.
    var isTainting = false
    var idleNanoseconds: UInt64

    var deadline: KernelInstant { lastSignal.advanced(byNanoseconds: idleNanoseconds) }
  }

  private var slots: FairSlots<Key, SubjectID>
  private var records: [Record] = []
  private var ids: [String: Int] = [:]
  private(set) var nextDeadline = KernelInstant(nanoseconds: .max)

  init(limit: Int) {
    slots = FairSlots(capacity: limit)
  }

  var count: Int { slots.count }
  var limit: Int { slots.capacity }
  var evictions: UInt64 { slots.evictions }

  func slot(of key: Key) -> Int? { slots.slot(of: key) }

  /// A getter, not `_read`: of a record that a coroutine lends, Swift 6.3 destroys a field after the
  /// record itself when that field is passed on, in builds without optimisation.
  subscript(slot: Int) -> Record {
    get { records[slot] }
    _modify { yield &records[slot] }
  }

  /// Slots of all records that are kept, in an order that does not depend on hashing.
  var used: [Int] { records.indices.filter { slots.key(at: $0) != nil } }

  func isTaken(_ id: String) -> Bool { ids[id] != nil }

  /// Takes a record in; `displaced` is the pair of one that a full store gave up while it tainted it.
  mutating func insert(_ record: Record) -> (slot: Int, displaced: Pair?) {
    // What is over goes before what is not.
    let held = records
    if let over = slots.nextStale(where: { !held[$0].isOpen }) {
      ids[records[over].identity.id] = nil
      slots.remove(at: over)
    }
    let place = slots.insert(record.key, owner: record.key.pair.subject)
    var displaced: Pair?
    if place.slot == records.count {
      records.append(record)
    } else {
      let old = records[place.slot]
      ids[old.identity.id] = nil
      if place.isTaken, old.isTainting { displaced = old.key.pair }
      records[place.slot] = record
    }
    ids[record.identity.id] = place.slot
    expect(record.deadline)
    return (place.slot, displaced)
  }

  mutating func expect(_ deadline: KernelInstant) {
    nextDeadline = min(nextDeadline, deadline)
  }

  /// Open records whose pair has been silent for too long.
  mutating func due(_ now: KernelInstant) -> [Int] {
    guard now >= nextDeadline else { return [] }
    let open = used.filter { records[$0].isOpen }
    nextDeadline =
      open.filter { records[$0].deadline > now }.map { records[$0].deadline }.min()
      ?? KernelInstant(nanoseconds: .max)
    return open.filter { records[$0].deadline <= now }
  }
}
