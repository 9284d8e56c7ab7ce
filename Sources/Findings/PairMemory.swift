// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows

/// What was saved of pairs and of open findings, until their subject acts again.
///
/// Bounded in rows and bytes, for they come out of recordings too: of a store the entries that
/// would be kept longest are taken, of a stream the first ones.
struct PairMemory: Sendable {
  /// Kinds of rows; those of pair states begin at `pairBase`.
  enum RowKind {
    static let pairBase: UInt8 = 16
    /// One kind an analytic.
    static let finding: UInt8 = 32
    /// Until when the sensor watched, and what the wall clock read then, in Unix nanoseconds.
    static let watched: UInt8 = 48
    /// A finding as it was told last (`FindingArchive`).
    static let told: UInt8 = 64
  }

  /// A row's place in the store.
  struct Place: Hashable, Sendable {
    let kind: UInt8
    let pair: Pair
  }

  var rowLimit = 65_536
  /// Twice what full tables take in a store.
  var byteLimit = 128 << 20
  /// Of a row, beside its key and value.
  private static let overheadBytes = 64

  /// Rows by the text of their subject, in the order of the store.
  private var waiting: [String: [StateRow]] = [:]
  /// A finding of a pair that acts again, until it behaves again or Unix `until`.
  private struct Held: Sendable {
    let finding: ResumedFinding
    let bytes: Int
    let until: Int64
  }

  private var findings: [FindingStore.Key: Held] = [:]
  /// Rows that wait, findings too, and their bytes.
  private(set) var rows = 0
  private(set) var bytes = 0
  /// Rows for which there was no room.
  private(set) var evictions: UInt64 = 0
  /// A store keeps what changes; a replay without one has nothing to remove rows from.
  private(set) var hasStore = false
  /// Keys of the rows that the store has of living pairs.
  var saved: [Place: [UInt8]] = [:]
  /// Rows that are to be removed with the next save.
  var removed: [StateRow] = []
  /// Unix nanoseconds, as things are dated.
  var watchedUntil: Int64?
  /// What the wall clock read then; rows of early versions do not say.
  var watchedReading: Int64?
  /// The last save did not succeed, or there was none.
  var owesAll = true
  /// Rows that could not be read: of another layout, or damaged.
  var unreadable: UInt64 = 0

  /// Takes rows of a store; those that nobody waits for any more at Unix `boot` are removed.
  mutating func keep(_ rows: [StateRow], now boot: Int64) {
    hasStore = true
    if let row = rows.last(where: { $0.kind == RowKind.watched }) { take(row) }
    let reading = watchedReading.map { $0 / 1_000_000_000 }
    let now =
      watchedUntil.map {
        HostBaseline.believed(boot: boot, after: $0 / 1_000_000_000, reading: reading)
      } ?? boot
    var lasting: [(until: Int64, row: StateRow)] = []
    for row in rows
    where row.kind >= RowKind.pairBase && row.kind < RowKind.watched {
      if let until = Self.keptUntil(row), until >= now {
        lasting.append((until, row))
      } else {
        remove(row)
      }
    }
    let bytes = lasting.reduce(0) { $0 + Self.size($1.row) }
    if lasting.count > rowLimit || bytes > byteLimit {
      lasting.sort { $0.until > $1.until }
    }
    for (_, row) in lasting { take(row) }
  }

  /// Takes a row of a store or of an event.
  mutating func take(_ row: StateRow) {
    guard row.kind != RowKind.watched else {
      var reader = RowReader(row.value)
      watchedUntil = reader.signed()
      watchedReading = reader.signed()
      return
    }
    guard let subject = Self.subject(row) else {
      unreadable += 1
      remove(row)
      return
    }
    guard admit(Self.size(row)) else {
      remove(row)
      return
    }
    waiting[subject, default: []].append(row)
  }

  /// Rows of a subject that acts again; they wait no more.
  mutating func claim(_ subject: String) -> [StateRow]? {
    guard !waiting.isEmpty, let claimed = waiting.removeValue(forKey: subject) else { return nil }
    rows -= claimed.count
    bytes -= claimed.reduce(0) { $0 + Self.size($1) }
    return claimed
  }

  /// A finding of a row that was claimed, until its pair behaves again.
  mutating func hold(_ finding: ResumedFinding, _ key: FindingStore.Key, of row: StateRow) {
    release(key)
    let size = Self.size(row)
    guard let until = Self.keptUntil(row), admit(size) else { return }
    findings[key] = Held(finding: finding, bytes: size, until: until)
  }

  /// The finding that is held for a pair and waited for at Unix `now`.
  func finding(_ key: FindingStore.Key, at now: Int64) -> ResumedFinding? {
    guard let held = findings[key], held.until >= now else { return nil }
    return held.finding
  }

  /// Its pair behaves again: it is an open finding.
  mutating func release(_ key: FindingStore.Key) {
    guard let held = findings.removeValue(forKey: key) else { return }
    rows -= 1
    bytes -= held.bytes
  }

  /// Those that are still waited for at Unix `now`.
  func heldFindings(at now: Int64) -> some Sequence<FindingStore.Key> {
    findings.lazy.filter { $0.value.until >= now }.map(\.key)
  }

  /// The store has a row of a living pair.
  mutating func note(_ key: [UInt8], at place: Place) {
    if hasStore { saved[place] = key }
  }

  private mutating func remove(_ row: StateRow) {
    guard hasStore else { return }
    removed.append(StateRow(kind: row.kind, key: row.key, value: []))
  }

  private mutating func admit(_ size: Int) -> Bool {
    guard rows < rowLimit, bytes + size <= byteLimit else {
      evictions &+= 1
      return false
    }
    rows += 1
    bytes += size
    return true
  }

  private static func size(_ row: StateRow) -> Int {
    row.key.count + row.value.count + overheadBytes
  }

  /// The row that says until when the sensor watched.
  static func watched(until unixNanoseconds: Int64, reading: Int64?) -> StateRow {
    var writer = RowWriter()
    writer.put(signed: unixNanoseconds)
    if let reading { writer.put(signed: reading) }
    return StateRow(kind: RowKind.watched, key: [0], value: writer.bytes)
  }

  /// Nil where the destination means nothing after a boot.
  static func key(_ subject: String, _ destination: Destination, _ extra: String = "") -> [UInt8]? {
    var writer = RowWriter()
    writer.put(text: subject)
    guard writer.put(destination) else { return nil }
    writer.put(text: extra)
    return writer.bytes
  }

  static func subject(_ row: StateRow) -> String? {
    var reader = RowReader(row.key)
    return reader.text()
  }

  static func destination(_ row: StateRow) -> (destination: Destination, extra: String)? {
    var reader = RowReader(row.key)
    guard reader.text() != nil, let destination = reader.destination(),
      let extra = reader.text(), reader.isAtEnd
    else { return nil }
    return (destination, extra)
  }

  /// Unix seconds.
  private static func keptUntil(_ row: StateRow) -> Int64? {
    var reader = RowReader(row.value)
    return reader.signed()
  }

  // MARK: Pair states

  static func value(_ state: PairState) -> [UInt8] {
    var writer = RowWriter()
    writer.put(signed: state.keptUntil)
    var bytes = writer.bytes
    bytes.reserveCapacity(bytes.count + 8 * state.numbers.count)
    for number in state.numbers {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    return bytes
  }

  static func state(_ row: StateRow) -> PairState? {
    guard row.kind >= RowKind.pairBase, row.kind < RowKind.finding,
      let kind = PairStateKind(rawValue: row.kind - RowKind.pairBase)
    else { return nil }
    var reader = RowReader(row.value)
    guard let until = reader.signed() else { return nil }
    var writer = RowWriter()
    writer.put(signed: until)
    let bytes = row.value.dropFirst(writer.bytes.count)
    guard bytes.count % 8 == 0 else { return nil }
    var numbers: [UInt64] = []
    numbers.reserveCapacity(bytes.count / 8)
    var number: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      number |= UInt64(byte) << UInt64(8 * (index % 8))
      if index % 8 == 7 {
        numbers.append(number)
        number = 0
      }
    }
    return PairState(kind: kind, numbers: numbers, keptUntil: until)
  }
}
