// SPDX-License-Identifier: Apache-2.0

public import Baseline

/// The findings that were told, each as it stands last, for as long as a state directory keeps them.
///
/// Only where they are and how large is held in memory; the findings themselves are rows of the
/// store, and wait here until the next save.
struct FindingArchive: Sendable {
  /// So much later than now may a finding be dated: a day, as of a clock in local time.
  private static let slackSeconds: Int64 = 86_400
  /// An open finding that was not seen for so long is waited for no longer.
  private static let openSeconds: Int64 = 14 * 86_400

  private struct Entry: Sendable {
    /// Unix seconds of its last sign of life.
    var lastSeen: Int64
    var bytes: Int
    var isOpen: Bool
  }

  private let retention: FindingRetention
  private var entries: [String: Entry] = [:]
  private var bytes = 0
  /// Lines that are not saved yet.
  private var unsaved: [String: [UInt8]] = [:]
  private var removed: [String] = []
  /// Findings that were dropped for their age, or for want of room.
  private(set) var expired: UInt64 = 0
  /// Rows that are none.
  private(set) var unreadable: UInt64 = 0

  init(_ retention: FindingRetention) {
    self.retention = retention
  }

  var count: Int { entries.count }

  /// Takes over what a store has; the lines stay there, but of what is dated later than the last
  /// run's end, at Unix `end`: a clock ahead wrote that, and it is saved anew with that end.
  mutating func take(_ rows: [StateRow], end: Int64?) {
    for row in rows where row.kind == PairMemory.RowKind.told {
      guard let id = String(validating: row.key, as: UTF8.self),
        let told = Self.told(row)
      else {
        unreadable += 1
        continue
      }
      let latest = end.map { max($0, 0) } ?? told.lastSeen
      let isAhead = told.lastSeen - latest > Self.slackSeconds
      if isAhead { unsaved[id] = told.line }
      set(
        id,
        Entry(
          lastSeen: isAhead ? latest : told.lastSeen, bytes: told.line.count, isOpen: told.isOpen))
    }
  }

  /// Notes a finding as it was told, last seen at Unix `lastSeen`; it is `now`.
  mutating func note(_ finding: Finding, lastSeen: Int64, at now: Int64) {
    let line = FindingJSON.encode(finding)
    set(
      finding.id, Entry(lastSeen: lastSeen, bytes: line.count, isOpen: finding.status != .close))
    unsaved[finding.id] = line
    // A save that hangs takes no changes: memory is bounded without it.
    if bytes > 2 * retention.bytes { drop(at: now) }
  }

  private mutating func set(_ id: String, _ entry: Entry) {
    bytes += entry.bytes - (entries[id]?.bytes ?? 0)
    entries[id] = entry
  }

  /// What is to be saved at Unix `now`: first what may stay no longer is dropped, the oldest first
  /// and those that are over before those that are not.
  mutating func takeChanges(at now: Int64) -> [StateRow] {
    drop(at: now)
    var rows = removed.map { Self.row($0, []) }
    for (id, line) in unsaved.sorted(by: { $0.key < $1.key }) {
      guard let entry = entries[id] else { continue }
      rows.append(Self.row(id, Self.value(line, entry.lastSeen, isOpen: entry.isOpen)))
    }
    unsaved = [:]
    removed = []
    return rows
  }

  /// What could not be saved, for the next time.
  mutating func giveBack(_ rows: [StateRow]) {
    for row in rows where row.kind == PairMemory.RowKind.told {
      let id = String(decoding: row.key, as: UTF8.self)
      if row.value.isEmpty {
        if entries[id] == nil { removed.append(id) }
      } else if entries[id] != nil, unsaved[id] == nil {
        unsaved[id] = Self.told(row)?.line
      }
    }
  }

  private mutating func drop(at now: Int64) {
    // What a clock ahead wrote would be kept longest.
    for (id, entry) in entries where entry.lastSeen - now > Self.slackSeconds {
      entries[id]?.lastSeen = now
    }
    let oldest = now - Int64(retention.days) * 86_400
    let isFull = bytes > retention.bytes
    // Most saves drop nothing, and then nothing is sorted.
    var order = entries.map { id, entry in
      (id: id, entry: entry, isOpen: entry.isOpen && now - entry.lastSeen < Self.openSeconds)
    }
    .filter { isFull || !$0.isOpen && $0.entry.lastSeen < oldest }
    order.sort {
      ($0.isOpen ? 1 : 0, $0.entry.lastSeen, $0.id) < ($1.isOpen ? 1 : 0, $1.entry.lastSeen, $1.id)
    }
    for (id, entry, isOpen) in order {
      guard bytes > retention.bytes || !isOpen && entry.lastSeen < oldest else { continue }
      bytes -= entry.bytes
      entries[id] = nil
      unsaved[id] = nil
      removed.append(id)
      expired += 1
    }
  }

  // MARK: Rows

  private static func row(_ id: String, _ value: [UInt8]) -> StateRow {
    StateRow(kind: PairMemory.RowKind.told, key: Array(id.utf8), value: value)
  }

  private static func value(_ line: [UInt8], _ lastSeen: Int64, isOpen: Bool) -> [UInt8] {
    var writer = RowWriter()
    writer.put(signed: lastSeen)
    writer.put(isOpen ? 1 : 0)
    writer.put(bytes: line)
    return writer.bytes
  }

  static func told(_ row: StateRow) -> (line: [UInt8], lastSeen: Int64, isOpen: Bool)? {
    var reader = RowReader(row.value)
    guard let lastSeen = reader.signed(), let open = reader.number(), let line = reader.bytes(),
      reader.isAtEnd, lastSeen >= 0, lastSeen < 1 << 40
    else { return nil }
    return (line, lastSeen, open == 1)
  }
}

extension FlatFinding {
  /// The findings that a state directory keeps, the newest first.
  public static func kept(in rows: [StateRow]) -> [FlatFinding] {
    rows.filter { $0.kind == PairMemory.RowKind.told }
      .compactMap(FindingArchive.told)
      .sorted { $0.lastSeen > $1.lastSeen }
      .compactMap { FlatFinding(line: $0.line) }
  }
}
