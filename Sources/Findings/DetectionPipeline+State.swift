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
    watch.memory.take(rows, now: header.wallEpochNanoseconds / 1_000_000_000)
  }

  /// Rows of a store, or of events, that could not be read.
  public var unreadableRows: UInt64 { watch.baseline.unreadableRows &+ watch.memory.unreadable }

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
    return rows + [PairMemory.watched(until: wallOfStream(flows.now))]
  }

  /// What could not be saved, for the next time.
  public mutating func giveBack(_ rows: [StateRow]) {
    watch.baseline.giveBack(rows)
    watch.memory.removed += rows.filter {
      $0.kind >= PairMemory.RowKind.pairBase && $0.value.isEmpty
    }
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
          of: pair, kind, epochNanoseconds: header.wallEpochNanoseconds)
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
    for key in watch.resumedFindings.keys {
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

  /// Unix nanoseconds by the clock that the stream began with: what trackers are fed by.
  private func wallOfStream(_ time: KernelInstant) -> Int64 {
    let (wall, overflow) = header.wallEpochNanoseconds.addingReportingOverflow(
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
