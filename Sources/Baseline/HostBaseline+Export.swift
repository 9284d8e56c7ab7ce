// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

// A whole baseline, for people and for other hosts.

/// One subject of a baseline, for showing.
public struct KnownSubject: Sendable {
  /// The stable text form.
  public var text: String
  public var habits: SubjectHabits
  /// Unix seconds.
  public var lastSeen: Int64
  public var ports: [UInt16]
  public var protocols: [String]
  public var destinations: Int
  /// Bytes by hour of the day, UTC.
  public var sentByHour: [UInt64]
  public var receivedByHour: [UInt64]
}

extension HostBaseline {
  /// Rows that go into one event: a line stays well below a megabyte.
  private static let rowsPerEvent = 256

  /// A baseline as of its newest row, all of which is told.
  public init(showing rows: [StateRow]) {
    self.init(epochNanoseconds: 0)
    restore(rows.compactMap(BaselineRow.init), isTold: true)
    for slot in subjects.used { now = max(now, subjects[slot].record.lastSeen) }
    for slot in pairs.used { now = max(now, pairs[slot].record.lastSeen) }
  }

  /// All subjects, by their text.
  public func knownSubjects() -> [KnownSubject] {
    var destinations: [Int32: Int] = [:]
    for slot in pairs.used { destinations[pairs[slot].key.subject, default: 0] += 1 }
    return sortedSubjects.map { slot in
      let record = subjects[slot].record
      return KnownSubject(
        text: subjects[slot].key, habits: habits(of: record), lastSeen: record.lastSeen,
        ports: record.ports, protocols: record.protocols.map(\.name),
        destinations: destinations[Int32(slot)] ?? 0, sentByHour: record.sentByHour,
        receivedByHour: record.receivedByHour)
    }
  }

  /// All of it as events, by subject; without rows only what their fields can say.
  public func exported(at time: KernelInstant, withRows: Bool = true) -> [BaselineEvent] {
    var pairsOf: [Int32: [Int]] = [:]
    for slot in pairs.used { pairsOf[pairs[slot].key.subject, default: []].append(slot) }
    var events: [BaselineEvent] = []
    for subject in sortedSubjects {
      let own = (pairsOf[Int32(subject)] ?? []).sorted { text(ofPair: $0) < text(ofPair: $1) }
      var facts = facts(of: subject)
      var rows = [row(ofSubject: subject)]
      var rest = own[...]
      repeat {
        let part = rest.prefix(Self.rowsPerEvent)
        rest = rest.dropFirst(Self.rowsPerEvent)
        facts.destinations = part.map(destination(ofPair:))
        rows += part.compactMap(row(ofPair:))
        facts.rows = withRows ? ByteString(StateRow.pack(rows.map(\.stored))) : nil
        events.append(BaselineEvent(time: time, facts: facts))
        facts = BaselineEvent.Facts(subject: facts.subject)
        rows = []
      } while !rest.isEmpty
    }
    guard withRows else { return events }
    var others =
      destinations.used.compactMap { row(ofDestination: $0) } + edges.used.map(row(ofEdge:))
      + names.used.map(row(ofName:))
    others.sort {
      $0.kind != $1.kind
        ? $0.kind.rawValue < $1.kind.rawValue : $0.key.lexicographicallyPrecedes($1.key)
    }
    for start in stride(from: 0, to: others.count, by: Self.rowsPerEvent) {
      let part = others[start..<min(start + Self.rowsPerEvent, others.count)]
      var facts = BaselineEvent.Facts(subject: "")
      facts.rows = ByteString(StateRow.pack(part.map(\.stored)))
      events.append(BaselineEvent(time: time, facts: facts))
    }
    return events
  }

  /// Notes that another host knows what that host's baseline knows; gives how many destinations.
  ///
  /// Nothing else is taken over: what is usual there is not usual here.
  public mutating func note(prevalence other: HostBaseline, ofHost name: String) -> Int {
    let host = StableHash.of(name.utf8)
    var count = 0
    for slot in other.destinations.used {
      let destination = other.destinations[slot].key
      guard Self.isLasting(destination), other.destinations[slot].record.firstSeen != .max else {
        continue
      }
      count += 1
      var record = DestinationRecord(firstSeen: .max)
      record.lastSeen = max(now, other.now)
      _ = record.note(host: host)
      merge(destination: destination, record, isTold: true)
      if let own = destinations.slot(of: destination) { destinations[own].isChanged = true }
    }
    return count
  }

  private var sortedSubjects: [Int] { subjects.used.sorted { subjects[$0].key < subjects[$1].key } }

  private func text(ofPair slot: Int) -> String { "\(pairs[slot].key.destination)" }

  private func destination(ofPair slot: Int) -> BaselineEvent.Destination {
    let key = pairs[slot].key
    let record = pairs[slot].record
    let endpoint = key.destination.endpoint
    let known = destinations.slot(of: key.destination).map { destinations[$0].record.subjects }
    return BaselineEvent.Destination(
      address: ByteString("\(endpoint.address)"), port: endpoint.port,
      firstSeen: record.firstSeen,
      activeDays: UInt64(clamping: record.familiarDays(upTo: today)),
      subjects: known.map { UInt64(clamping: $0) })
  }
}
