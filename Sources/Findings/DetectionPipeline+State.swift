// SPDX-License-Identifier: Apache-2.0

internal import Analytics
public import Baseline
internal import Flows
public import Wire

// What of a pipeline outlives it: the baseline, the state of pairs, open findings.

extension DetectionPipeline {
  /// A pair that was seen so long before the last save is saved as it is.
  private static let saveSlack: UInt64 = 120_000_000_000

  /// Takes over what a store knows of this host; from now on changes are kept for it.
  ///
  /// Nothing of it decides anything before the stream makes it matter.
  public mutating func keep(_ rows: [StateRow]) {
    watch.baseline.keep(rows)
    archive.take(rows)
    watch.memory.keep(rows, now: header.wallEpochNanoseconds / 1_000_000_000)
  }

  /// Rows of a store, or of events, that could not be read.
  public var unreadableRows: UInt64 {
    watch.baseline.unreadableRows &+ watch.memory.unreadable &+ archive.unreadable
  }

  /// Findings that the store gave up, for their age or for want of room.
  public var expiredFindings: UInt64 { archive.expired }

  /// What the store knew and the last event made matter, as events: they stand before it in a
  /// recording.
  public mutating func takeTold() -> [BaselineEvent] { watch.baseline.takeTold() }

  /// What is to be saved since the last call.
  public mutating func takeStateChanges() -> [StateRow] {
    var rows = watch.baseline.takeChanges() + watch.memory.removed
    watch.memory.removed = []
    var living: Set<PairMemory.Place> = []
    rows += changedPairs(&living)
    rows += openFindings(&living)
    var gone = watch.memory.saved.filter { !living.contains($0.key) }.map {
      StateRow(kind: $0.key.kind, key: $0.value, value: [])
    }
    // The order of a dictionary is no order.
    gone.sort { ($0.kind, $0.key.count) < ($1.kind, $1.key.count) }
    watch.memory.saved = watch.memory.saved.filter { living.contains($0.key) }
    // A row that moved to another subject's key must not be removed after it was written.
    let written = Set(rows.lazy.filter { !$0.value.isEmpty }.map { [$0.kind] + $0.key })
    rows += gone.filter { !written.contains([$0.kind] + $0.key) }
    watch.memory.owesAll = false
    savedAt = flows.now
    rows += archive.takeChanges(at: wallOfStream(flows.now) / 1_000_000_000)
    return rows + [PairMemory.watched(until: wallOfStream(flows.now), reading: wallNanoseconds)]
  }

  /// What could not be saved, for the next time.
  public mutating func giveBack(_ rows: [StateRow]) {
    watch.baseline.giveBack(rows)
    watch.memory.removed += rows.filter {
      $0.kind >= PairMemory.RowKind.pairBase && $0.kind < PairMemory.RowKind.told
        && $0.value.isEmpty
    }
    archive.giveBack(rows)
    watch.memory.owesAll = true
  }

  private mutating func changedPairs(_ living: inout Set<PairMemory.Place>) -> [StateRow] {
    var rows: [StateRow] = []
    for (kind, pair, lastSeen) in behaviours.savedPairs() {
      let place = PairMemory.Place(kind: PairMemory.RowKind.pairBase + kind.rawValue, pair: pair)
      living.insert(place)
      let isOld = savedAt.nanoseconds(since: lastSeen) > Self.saveSlack
      if isOld, !watch.memory.owesAll, watch.memory.saved[place] != nil { continue }
      guard let subject = flows.subject(pair.subject),
        let key = PairMemory.key("\(subject)", pair.destination),
        let state = behaviours.state(
          of: pair, kind, epochNanoseconds: watch.epochNanoseconds)
      else { continue }
      rows += write(place, key, PairMemory.value(state))
    }
    return rows
  }

  private mutating func openFindings(_ living: inout Set<PairMemory.Place>) -> [StateRow] {
    var rows: [StateRow] = []
    for slot in store.used where store[slot].isOpen && store[slot].isTold {
      let record = store[slot]
      // One place per analytic: a pair can have several findings.
      let place = PairMemory.Place(
        kind: PairMemory.RowKind.finding + UInt8(record.key.analytic.index), pair: record.key.pair)
      living.insert(place)
      let isOld = savedAt.nanoseconds(since: record.lastSignal) > Self.saveSlack
      if isOld, !watch.memory.owesAll, watch.memory.saved[place] != nil { continue }
      guard let subject = flows.subject(record.key.pair.subject),
        let key = PairMemory.key(
          "\(subject)", record.key.pair.destination, record.key.analytic.slug)
      else { continue }
      let lastSeen = wallOfStream(record.lastSignal) / 1_000_000_000
      rows += write(
        place, key,
        ResumedFinding.value(
          record.identity, told: record.told, worst: record.worst, lastSeen: lastSeen))
    }
    // Those that were not seen again yet are kept as they are.
    for key in watch.memory.heldFindings {
      living.insert(
        PairMemory.Place(
          kind: PairMemory.RowKind.finding + UInt8(key.analytic.index), pair: key.pair))
    }
    return rows
  }

  /// The row of a place, and the removal of the one that the place had under another key.
  private mutating func write(
    _ place: PairMemory.Place, _ key: [UInt8], _ value: [UInt8]
  ) -> [StateRow] {
    var rows = [StateRow(kind: place.kind, key: key, value: value)]
    if let old = watch.memory.saved[place], old != key {
      rows.insert(StateRow(kind: place.kind, key: old, value: []), at: 0)
    }
    watch.memory.saved[place] = key
    return rows
  }

  /// A finding is told: to whoever takes the changes, and to the store.
  mutating func announce(_ slot: Int) {
    let finding = store[slot].finding
    changes.append(finding)
    guard watch.memory.hasStore else { return }
    let lastSeen = max(wallOfStream(store[slot].lastSignal), 0) / 1_000_000_000
    archive.note(finding, lastSeen: lastSeen)
  }

  /// Unix nanoseconds by the clock that all that is kept is dated by.
  private func wallOfStream(_ time: KernelInstant) -> Int64 {
    let (wall, overflow) = watch.epochNanoseconds.addingReportingOverflow(
      Int64(clamping: time.nanoseconds))
    return overflow ? .max : wall
  }

  /// In a replay these stand in the stream and are counted there.
  @inline(__always)
  mutating func countTold() {
    let waiting = watch.baseline.toldCount
    if waiting > 0 { flows.count(told: waiting) }
  }
}
