// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// To and from the rows of a store.

extension HostBaseline {
  /// Takes over what a store has; from now on changes are kept for it.
  ///
  /// Nothing of it decides anything until the stream makes it matter.
  public mutating func keep(_ rows: [StateRow]) {
    isKept = true
    isOldestTold = false
    restore(rows.compactMap(BaselineRow.init), isTold: false)
  }

  /// What changed since the last call; rows without a value are to be removed.
  public mutating func takeChanges() -> [StateRow] { takeChangedRows().map(\.stored) }

  mutating func takeChangedRows() -> [BaselineRow] {
    var rows = removedRows
    removedRows = []
    rows += changes(subjects) { self.row(ofSubject: $0) }
    rows += changes(pairs) { self.row(ofPair: $0) }
    rows += changes(destinations) { self.row(ofDestination: $0) }
    rows += changes(edges) { self.row(ofEdge: $0) }
    rows += changes(names) { self.row(ofName: $0) }
    settle(&subjects)
    settle(&pairs)
    settle(&destinations)
    settle(&edges)
    settle(&names)
    return rows
  }

  /// A save failed: what it had is to be saved again.
  public mutating func giveBack(_ saved: [StateRow]) {
    let rows = saved.compactMap(BaselineRow.init)
    removedRows = rows.filter { $0.value.isEmpty } + removedRows
    for row in rows where !row.value.isEmpty {
      switch row.kind {
      case .subject:
        if let slot = subjects.slot(of: String(decoding: row.key, as: UTF8.self)) {
          subjects[slot].isChanged = true
        }
      case .pair:
        if let slot = pairKey(row.key).flatMap({ pairs.slot(of: $0) }) {
          pairs[slot].isChanged = true
        }
      case .destination:
        let text = String(decoding: row.key, as: UTF8.self)
        if let slot = Self.destination(text: text).flatMap({ destinations.slot(of: $0) }) {
          destinations[slot].isChanged = true
        }
      case .edge:
        if let slot = edge(row.key).flatMap({ edges.slot(of: $0) }) {
          edges[slot].isChanged = true
        }
      case .name:
        if let slot = names.slot(of: String(decoding: row.key, as: UTF8.self)) {
          names[slot].isChanged = true
        }
      }
    }
  }

  private func changes<Key, Owner, Record>(
    _ table: HabitTable<Key, Owner, Record>, _ row: (Int) -> BaselineRow?
  ) -> [BaselineRow] {
    table.used.filter { table[$0].isChanged }.compactMap(row)
  }

  private func settle<Key, Owner, Record>(_ table: inout HabitTable<Key, Owner, Record>) {
    for slot in table.used where table[slot].isChanged {
      table[slot].isChanged = false
      table[slot].isSaved = true
    }
  }

  // MARK: Rows of entries

  func row(ofSubject slot: Int) -> BaselineRow {
    BaselineRow(
      kind: .subject, key: Array(subjects[slot].key.utf8), value: subjects[slot].record.rowValue)
  }

  func row(ofPair slot: Int) -> BaselineRow? {
    let key = pairs[slot].key
    return rowKey(key, subjects[Int(key.subject)].key).map {
      BaselineRow(kind: .pair, key: $0, value: pairs[slot].record.rowValue)
    }
  }

  func row(ofDestination slot: Int) -> BaselineRow? {
    guard Self.isLasting(destinations[slot].key) else { return nil }
    return BaselineRow(
      kind: .destination, key: Array("\(destinations[slot].key)".utf8),
      value: destinations[slot].record.rowValue)
  }

  func row(ofEdge slot: Int) -> BaselineRow {
    BaselineRow(
      kind: .edge, key: rowKey(edges[slot].key), value: edges[slot].record.rowValue)
  }

  func row(ofName slot: Int) -> BaselineRow {
    BaselineRow(
      kind: .name, key: Array(names[slot].key.utf8), value: names[slot].record.rowValue)
  }

  // MARK: Entries of rows

  mutating func restore(_ rows: [BaselineRow], isTold: Bool) {
    // Pairs need their subjects.
    for kind in BaselineRow.Kind.allCases {
      for row in rows where row.kind == kind && !row.value.isEmpty {
        if !restore(row, isTold: isTold) { unreadableRows &+= 1 }
      }
    }
  }

  private mutating func restore(_ row: BaselineRow, isTold: Bool) -> Bool {
    switch row.kind {
    case .subject:
      guard let text = String(validating: row.key, as: UTF8.self),
        let record = SubjectRecord.decode(row.value)
      else { return false }
      if isTold { since = min(since ?? record.firstSeen, record.firstSeen) }
      merge(subject: text, record, isTold: isTold)
    case .pair:
      guard let key = pairKey(row.key), let record = PairRecord.decode(row.value) else {
        return false
      }
      merge(pair: key, record, isTold: isTold)
    case .destination:
      guard let text = String(validating: row.key, as: UTF8.self),
        let destination = Self.destination(text: text),
        let record = DestinationRecord.decode(row.value)
      else { return false }
      merge(destination: destination, record, isTold: isTold)
    case .edge:
      guard let edge = edge(row.key), let record = SeenRecord.decode(row.value) else {
        return false
      }
      merge(edge: edge, record, isTold: isTold)
    case .name:
      guard let name = String(validating: row.key, as: UTF8.self),
        let record = SeenRecord.decode(row.value)
      else { return false }
      merge(name: name, record, isTold: isTold)
    }
    return true
  }

  /// Nil where the subject is not known, or the bytes are no key.
  private func pairKey(_ bytes: [UInt8]) -> PairKey? {
    var reader = RowReader(bytes)
    guard let subject = reader.text(), let text = reader.text(), reader.isAtEnd,
      let destination = Self.destination(text: text), let slot = subjects.slot(of: subject)
    else { return nil }
    return PairKey(subject: Int32(slot), destination: destination)
  }

  private func edge(_ bytes: [UInt8]) -> Edge? {
    var reader = RowReader(bytes)
    guard let parent = reader.bytes(), let child = reader.bytes(), reader.isAtEnd else {
      return nil
    }
    return Edge(parent: ByteString(parent), child: ByteString(child))
  }

  // MARK: Merging with what is known

  @discardableResult
  mutating func merge(subject text: String, _ record: SubjectRecord, isTold: Bool = true) -> Int {
    guard let slot = subjects.slot(of: text) else {
      return insert(subject: text, record, isTold: isTold, isSaved: !isTold)
    }
    subjects[slot].record.merge(record, adding: false)
    subjects[slot].isTold = subjects[slot].isTold || isTold
    subjects[slot].isChanged = true
    return slot
  }

  mutating func merge(pair key: PairKey, _ record: PairRecord, isTold: Bool = true) {
    guard let slot = pairs.slot(of: key) else {
      insert(pair: key, record, isTold: isTold, isSaved: !isTold)
      return
    }
    pairs[slot].record.merge(record)
    pairs[slot].isTold = pairs[slot].isTold || isTold
    pairs[slot].isChanged = true
  }

  mutating func merge(
    destination: Destination, _ record: DestinationRecord, isTold: Bool = true
  ) {
    guard let slot = destinations.slot(of: destination) else {
      insert(destination: destination, record, by: nil, isTold: isTold, isSaved: !isTold)
      return
    }
    destinations[slot].record.merge(record)
    destinations[slot].isTold = destinations[slot].isTold || isTold
    destinations[slot].isChanged = true
  }

  mutating func merge(edge: Edge, _ record: SeenRecord, isTold: Bool = true) {
    guard let slot = edges.slot(of: edge) else {
      insert(edge: edge, record, isTold: isTold, isSaved: !isTold)
      return
    }
    edges[slot].record.merge(record)
    edges[slot].isTold = edges[slot].isTold || isTold
    edges[slot].isChanged = true
  }

  mutating func merge(name: String, _ record: SeenRecord, isTold: Bool = true) {
    guard let slot = names.slot(of: name) else {
      insert(name: name, record, isTold: isTold, isSaved: !isTold)
      return
    }
    names[slot].record.merge(record)
    names[slot].isTold = names[slot].isTold || isTold
    names[slot].isChanged = true
  }
}
