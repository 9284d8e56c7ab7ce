// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Subjects by number, bounded.
///
/// A full table first gives up a subject nobody used for long, then the youngest subject of the
/// initiator that brought most: a process that runs programs under random names crowds out itself.
struct SubjectTable {
  private struct Entry {
    var id: SubjectID
    var subject: Subject
    var lastUsed: KernelInstant
    /// The process that was it last.
    var image: ImageKey?
  }

  private(set) var slots: FairSlots<Subject, Initiator?>
  private var entries: [Entry] = []
  private var slotOf: [SubjectID: Int32] = [:]
  private var nextNumber: UInt32 = 0
  private let memoryNanoseconds: UInt64

  init(capacity: Int, memory: Duration) {
    slots = FairSlots(capacity: capacity)
    memoryNanoseconds = memory.wholeNanoseconds
  }

  subscript(id: SubjectID) -> Subject? {
    slotOf[id].map { entries[Int($0)].subject }
  }

  func contains(_ id: SubjectID) -> Bool { slotOf[id] != nil }

  mutating func noteActor(_ image: ImageKey, of id: SubjectID) {
    if let slot = slotOf[id] { entries[Int(slot)].image = image }
  }

  func lastActor(of id: SubjectID) -> ImageKey? { slotOf[id].flatMap { entries[Int($0)].image } }

  /// The number that a subject has already.
  func number(of subject: Subject) -> SubjectID? {
    slots.slot(of: subject).map { entries[$0].id }
  }

  /// The number of a subject, a new one where it has none.
  mutating func number(of subject: Subject, now: KernelInstant) -> SubjectID {
    if let slot = slots.slot(of: subject) {
      entries[slot].lastUsed = now
      return entries[slot].id
    }
    if let stale = staleSlot(now) {
      slotOf[entries[stale].id] = nil
      slots.remove(at: stale)
    }
    let place = slots.insert(subject, owner: subject.initiator)
    let id = SubjectID(number: nextNumber)
    nextNumber &+= 1
    let entry = Entry(id: id, subject: subject, lastUsed: now)
    if place.slot == entries.count {
      entries.append(entry)
    } else {
      if place.isTaken { slotOf[entries[place.slot].id] = nil }
      entries[place.slot] = entry
    }
    slotOf[id] = Int32(truncatingIfNeeded: place.slot)
    return id
  }

  /// Puts a better known identity in the place of a provisional one, under the same numbers.
  ///
  /// A subject that exists already under the better identity keeps its own number, and the
  /// provisional one is left to age. Gives the numbers whose identity changed.
  mutating func refine(from old: ExecutableIdentity, to new: ExecutableIdentity) -> [SubjectID] {
    var changed: [SubjectID] = []
    for slot in entries.indices {
      guard var subject = slots.key(at: slot) else { continue }
      if subject.executable == old { subject.executable = new }
      if subject.initiator?.executable == old { subject.initiator?.executable = new }
      guard subject != entries[slot].subject, slots.slot(of: subject) == nil else { continue }
      slots.rekey(at: slot, to: subject)
      entries[slot].subject = subject
      changed.append(entries[slot].id)
    }
    return changed
  }

  private mutating func staleSlot(_ now: KernelInstant) -> Int? {
    slots.nextStale { slot in
      now.nanoseconds(since: entries[slot].lastUsed) > memoryNanoseconds
    }
  }
}
