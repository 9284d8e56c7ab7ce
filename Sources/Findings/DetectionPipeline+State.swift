// SPDX-License-Identifier: Apache-2.0

internal import Analytics
public import Baseline
internal import Flows
public import Wire

// What of a pipeline outlives it: the baseline, the state of pairs, open findings.

extension DetectionPipeline {
  /// A pair that was seen so long before the last save is saved as it is.
  private static let saveSlack: UInt64 = 120_000_000_000
  /// Told findings are kept for days: dates that move by less than an hour stay.
  private static let archiveSlack: UInt64 = 3_600_000_000_000

  /// Takes over what a store knows of this host; from now on changes are kept for it.
  ///
  /// Nothing of it decides anything before the stream makes it matter.
  public mutating func keep(_ rows: [StateRow]) {
    watch.baseline.keep(rows)
    watch.memory.keep(rows, now: header.wallEpochNanoseconds / 1_000_000_000)
    archive.take(rows, end: watch.memory.watchedUntil.map { $0 / 1_000_000_000 })
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
    var save = Save()
    changedPairs(&save)
    openFindings(&save)
    for (place, key) in watch.memory.saved where !save.living.contains(place) {
      save.gone.append(StateRow(kind: place.kind, key: key, value: []))
      watch.memory.saved[place] = nil
    }
    rows += lastRemovals(save.gone) + save.written
    watch.memory.owesAll = false
    savedAt = flows.now
    redateArchive()
    rows += archive.takeChanges(at: datedSeconds)
    return rows + [PairMemory.watched(until: wallOfStream(flows.now), reading: wallNanoseconds)]
  }

  /// One save of pairs and findings.
  private struct Save {
    /// Places that the store has rows of afterwards.
    var living: Set<PairMemory.Place> = []
    var written: [StateRow] = []
    /// Rows that their places have no longer.
    var gone: [StateRow] = []
  }

  /// Those of the rows that no other place has: two numbers can mean one subject.
  private func lastRemovals(_ gone: [StateRow]) -> [StateRow] {
    guard !gone.isEmpty else { return [] }
    let kept = Set(watch.memory.saved.lazy.map { [$0.key.kind] + $0.value })
    // The order of a dictionary is no order.
    return gone.filter { !kept.contains([$0.kind] + $0.key) }
      .sorted { ($0.kind, $0.key.count) < ($1.kind, $1.key.count) }
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

  private mutating func changedPairs(_ save: inout Save) {
    for (kind, pair, lastSeen) in behaviours.savedPairs() {
      let place = PairMemory.Place(kind: PairMemory.RowKind.pairBase + kind.rawValue, pair: pair)
      save.living.insert(place)
      let isOld = savedAt.nanoseconds(since: lastSeen) > Self.saveSlack
      if isOld, !watch.memory.owesAll, watch.memory.saved[place] != nil { continue }
      guard let subject = flows.subject(pair.subject),
        let key = PairMemory.key("\(subject)", pair.destination),
        let state = behaviours.state(
          of: pair, kind, epochNanoseconds: watch.epochNanoseconds)
      else { continue }
      write(place, key, PairMemory.value(state), &save)
    }
  }

  private mutating func openFindings(_ save: inout Save) {
    for slot in store.used where store[slot].isOpen && store[slot].isTold {
      let record = store[slot]
      // One place per analytic: a pair can have several findings.
      let place = PairMemory.Place(
        kind: PairMemory.RowKind.finding + UInt8(record.key.analytic.index), pair: record.key.pair)
      save.living.insert(place)
      // One can get worse, by what something else did, without a signal of its own.
      let last = max(record.lastSignal, record.lastTold)
      let isOld = savedAt.nanoseconds(since: last) > Self.saveSlack
      if isOld, !watch.memory.owesAll, watch.memory.saved[place] != nil { continue }
      guard let subject = flows.subject(record.key.pair.subject),
        let key = PairMemory.key(
          "\(subject)", record.key.pair.destination, record.key.analytic.slug)
      else { continue }
      let lastSeen = wallOfStream(record.lastSignal) / 1_000_000_000
      let value = ResumedFinding.value(
        record.identity, told: record.told, worst: record.worst, lastSeen: lastSeen)
      write(place, key, value, &save)
    }
    // Those that were not seen again yet are kept as they are.
    for key in watch.memory.heldFindings(at: datedSeconds) {
      save.living.insert(
        PairMemory.Place(
          kind: PairMemory.RowKind.finding + UInt8(key.analytic.index), pair: key.pair))
    }
  }

  /// The row of a place, and the removal of the one that the place had under another key.
  private mutating func write(
    _ place: PairMemory.Place, _ key: [UInt8], _ value: [UInt8], _ save: inout Save
  ) {
    save.written.append(StateRow(kind: place.kind, key: key, value: value))
    if let old = watch.memory.saved[place], old != key {
      save.gone.append(StateRow(kind: place.kind, key: old, value: []))
    }
    watch.memory.saved[place] = key
  }

  /// A finding is told: to whoever takes the changes, and to the store.
  mutating func announce(_ slot: Int) {
    let finding = store[slot].finding
    changes.append(finding)
    guard watch.memory.hasStore else { return }
    archive.note(finding, lastSeen: lastSeen(slot), at: datedSeconds)
  }

  private func lastSeen(_ slot: Int) -> Int64 {
    max(wallOfStream(store[slot].lastSignal), 0) / 1_000_000_000
  }

  /// What is told in this run gets other dates with the rest, once the wall clock is believed.
  private mutating func redateArchive() {
    let (step, overflow) = watch.epochNanoseconds.subtractingReportingOverflow(archiveEpoch)
    guard overflow || step.magnitude >= Self.archiveSlack else { return }
    archiveEpoch = watch.epochNanoseconds
    guard watch.memory.hasStore else { return }
    for slot in store.used where store[slot].isTold {
      archive.note(store[slot].finding, lastSeen: lastSeen(slot), at: datedSeconds)
    }
  }

  /// Unix seconds of event time, by the clock that all that is kept is dated by.
  var datedSeconds: Int64 { wallOfStream(flows.now) / 1_000_000_000 }

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
