// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

// Inserting, moving and giving up entries, with the rows that a store must remove for it.

extension HostBaseline {
  /// Event time as the tables know it.
  var lastTime: KernelInstant { time }

  /// Event time, to the second.
  public var time: KernelInstant {
    let (wall, overflow) = now.multipliedReportingOverflow(by: 1_000_000_000)
    let boot = (overflow ? .max : wall).subtractingReportingOverflow(
      clock.epochNanoseconds)
    return KernelInstant(nanoseconds: UInt64(clamping: boot.overflow ? 0 : boot.partialValue))
  }

  @discardableResult
  mutating func insert(
    subject text: String, _ record: SubjectRecord, isTold: Bool = true, isSaved: Bool = false
  ) -> Int {
    let now = now
    let memory = limits.memoryDays * 86_400
    let place = subjects.insert(
      text, owner: Self.initiator(of: text), record, isTold: isTold, isSaved: isSaved
    ) { now - $0.lastSeen > memory }
    if let displaced = place.displaced {
      if displaced.isSaved { remove(.subject, key: Array(displaced.key.utf8)) }
      dropPairs(of: place.slot, named: displaced.key)
      for number in slotOf.filter({ Int($0.value) == place.slot }).map(\.key) {
        slotOf[number] = nil
      }
    }
    return place.slot
  }

  @discardableResult
  mutating func insert(
    pair key: PairKey, _ record: PairRecord, isTold: Bool, isSaved: Bool = false
  ) -> Int {
    let now = now
    let memory = limits.memoryDays * 86_400
    let place = pairs.insert(
      key, owner: key.subject, record, isTold: isTold, isSaved: isSaved
    ) { now - $0.lastSeen > memory }
    if let displaced = place.displaced, displaced.isSaved,
      let row = rowKey(displaced.key, subjects[Int(displaced.key.subject)].key)
    {
      remove(.pair, key: row)
    }
    return place.slot
  }

  mutating func insert(
    destination: Destination, _ record: DestinationRecord, by subject: Int32?, isTold: Bool,
    isSaved: Bool = false
  ) {
    let now = now
    let memory = limits.memoryDays * 86_400
    let place = destinations.insert(
      destination, owner: subject ?? -1, record, isTold: isTold, isSaved: isSaved
    ) { now - $0.lastSeen > memory }
    if let displaced = place.displaced, displaced.isSaved {
      remove(.destination, key: Array("\(displaced.key)".utf8))
    }
  }

  mutating func insert(edge: Edge, _ record: SeenRecord, isTold: Bool, isSaved: Bool = false) {
    let now = now
    let memory = limits.memoryDays * 86_400
    let place = edges.insert(
      edge, owner: edge.parent, record, isTold: isTold, isSaved: isSaved
    ) { now - $0.lastSeen > memory }
    if let displaced = place.displaced, displaced.isSaved {
      remove(.edge, key: rowKey(displaced.key))
    }
  }

  mutating func insert(name: String, _ record: SeenRecord, isTold: Bool, isSaved: Bool = false) {
    let now = now
    let memory = limits.memoryDays * 86_400
    let place = names.insert(
      name, owner: Self.parentDomain(of: name), record, isTold: isTold, isSaved: isSaved
    ) { now - $0.lastSeen > memory }
    if let displaced = place.displaced, displaced.isSaved {
      remove(.name, key: Array(displaced.key.utf8))
    }
  }

  /// Two slots turned out to be one subject: the first becomes part of the second.
  mutating func move(_ old: Int, into known: Int, at time: KernelInstant) {
    guard old != known else { return }
    forgetSavedRows(of: old)
    subjects[known].record.merge(subjects[old].record, adding: true)
    subjects[known].isChanged = true
    for slot in pairs.used where pairs[slot].key.subject == Int32(old) {
      let key = PairKey(subject: Int32(known), destination: pairs[slot].key.destination)
      let other = pairs.slot(of: key)
      // What only the store knows goes on waiting, unless it becomes part of what is told.
      if let other, pairs[slot].isTold != pairs[other].isTold {
        tellPair(slot, at: time)
        tellPair(other, at: time)
      }
      let (record, isTold) = (pairs[slot].record, pairs[slot].isTold)
      pairs.remove(at: slot)
      if let other {
        pairs[other].record.merge(record)
        pairs[other].isChanged = true
      } else {
        insert(pair: key, record, isTold: isTold)
      }
    }
    for number in slotOf.filter({ Int($0.value) == old }).map(\.key) {
      slotOf[number] = Int32(known)
    }
    subjects.remove(at: old)
  }

  /// The rows that bear a subject's text are removed where they are saved: it gets another.
  mutating func forgetSavedRows(of slot: Int) {
    let text = subjects[slot].key
    if subjects[slot].isSaved { remove(.subject, key: Array(text.utf8)) }
    for pair in pairs.used where pairs[pair].key.subject == Int32(slot) {
      if pairs[pair].isSaved, let key = rowKey(pairs[pair].key, text) { remove(.pair, key: key) }
      pairs[pair].isSaved = false
      pairs[pair].isChanged = true
    }
  }

  private mutating func dropPairs(of slot: Int, named text: String) {
    for pair in pairs.used where pairs[pair].key.subject == Int32(slot) {
      if pairs[pair].isSaved, let key = rowKey(pairs[pair].key, text) { remove(.pair, key: key) }
      pairs.remove(at: pair)
    }
  }

  private mutating func remove(_ kind: BaselineRow.Kind, key: [UInt8]) {
    guard isKept else { return }
    removedRows.append(BaselineRow(kind: kind, key: key, value: []))
  }

  /// Numbers of subjects that were given up elsewhere: more than twice the limit are not kept.
  mutating func boundNumbers() {
    guard slotOf.count > 2 * limits.subjects else { return }
    var newest: [Int32: SubjectID] = [:]
    for (number, slot) in slotOf {
      if let known = newest[slot], known.number > number.number { continue }
      newest[slot] = number
    }
    slotOf = [:]
    for (slot, number) in newest { slotOf[number] = slot }
  }

  // MARK: Keys of rows

  /// Nil for a destination that means another host after the next boot.
  func rowKey(_ pair: PairKey, _ subject: String) -> [UInt8]? {
    guard Self.isLasting(pair.destination) else { return nil }
    var writer = RowWriter()
    writer.put(text: subject)
    writer.put(text: "\(pair.destination)")
    return writer.bytes
  }

  func rowKey(_ edge: Edge) -> [UInt8] {
    var writer = RowWriter()
    writer.put(bytes: edge.parent.bytes)
    writer.put(bytes: edge.child.bytes)
    return writer.bytes
  }

  /// Whether the text of the destination means the same after a boot.
  static func isLasting(_ destination: Destination) -> Bool {
    switch destination {
    case .endpoint(_, let namespace): namespace == 0
    case .forwarder: true
    case .network, .name, .all: false
    }
  }

  static func destination(text: String) -> Destination? {
    text.hasPrefix("via ")
      ? Endpoint(text: String(text.dropFirst(4))).map { .forwarder($0) }
      : Endpoint(text: text).map { .endpoint($0, namespace: 0) }
  }

  /// The last three of the seven fields.
  private static func initiator(of text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).suffix(3)
      .joined(separator: "|")
  }

  /// The last two labels: whoever makes names up has them all in one place.
  private static func parentDomain(of name: String) -> String {
    name.split(separator: ".").suffix(2).joined(separator: ".")
  }
}
