// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

// `baseline` events: what the store knew enters the stream when it first matters, and only then.

extension HostBaseline {
  /// What the store knew and the stream was not told yet, in order: to be recorded before the
  /// event that made it matter.
  public mutating func takeTold() -> [BaselineEvent] {
    guard !told.isEmpty else { return [] }
    defer { told.removeAll(keepingCapacity: true) }
    return told
  }

  /// How many of them wait.
  public var toldCount: Int { told.count }

  /// What a subject is known for, as an event; nil where the stream has not shown the subject.
  public func event(of number: SubjectID, at time: KernelInstant) -> BaselineEvent? {
    guard let slot = toldSubject(number) else { return nil }
    return BaselineEvent(time: time, facts: facts(of: slot))
  }

  /// Takes what a live sensor knew: without loss where the event carries rows, else as well as its
  /// fields allow.
  public mutating func recalled(_ event: BaselineEvent) {
    if let bytes = event.facts.rows?.bytes, let rows = StateRow.unpack(bytes) {
      // Time waits for the event that it stands in front of, but for dates that are to be moved.
      if startedAt == nil || clock.isAstray { advance(to: event.time) }
      restore(rows.compactMap(BaselineRow.init), isTold: true)
    } else {
      if event.facts.rows != nil { unreadableRows &+= 1 }
      advance(to: event.time)
      approximate(event.facts)
    }
  }

  // MARK: Telling

  /// The first thing that is told: how long this host is known.
  mutating func tellOldest(at time: KernelInstant) {
    guard !isOldestTold else { return }
    isOldestTold = true
    var oldest: Int?
    for slot in subjects.used where !subjects[slot].isTold {
      let first = subjects[slot].record.firstSeen
      if let known = oldest, subjects[known].record.firstSeen <= first { continue }
      oldest = slot
    }
    if let oldest { tellSubject(oldest, at: time) }
  }

  mutating func tellSubject(_ slot: Int, at time: KernelInstant) {
    guard !subjects[slot].isTold else { return }
    subjects[slot].isTold = true
    since = min(since ?? now, subjects[slot].record.firstSeen)
    guard isKept else { return }
    var facts = facts(of: slot)
    facts.rows = ByteString(StateRow.pack([row(ofSubject: slot).stored]))
    told.append(BaselineEvent(time: time, facts: facts))
  }

  mutating func tellPair(_ slot: Int, at time: KernelInstant) {
    guard !pairs[slot].isTold else { return }
    pairs[slot].isTold = true
    let key = pairs[slot].key
    var rows = [row(ofPair: slot)].compactMap(\.self)
    var told = destinationFacts(key.destination)
    told.firstSeen = pairs[slot].record.firstSeen
    told.activeDays = UInt64(clamping: pairs[slot].record.familiarDays(upTo: today))
    if let other = destinations.slot(of: key.destination), !destinations[other].isTold {
      destinations[other].isTold = true
      rows += [row(ofDestination: other)].compactMap(\.self)
      told.subjects = UInt64(clamping: destinations[other].record.subjects)
    }
    tell(rows, [told], of: Int(key.subject), at: time)
  }

  mutating func tellDestination(_ slot: Int, _ subject: Int, at time: KernelInstant) {
    guard !destinations[slot].isTold else { return }
    destinations[slot].isTold = true
    var told = destinationFacts(destinations[slot].key)
    told.subjects = UInt64(clamping: destinations[slot].record.subjects)
    tell([row(ofDestination: slot)].compactMap(\.self), [told], of: subject, at: time)
  }

  mutating func tellEdge(_ slot: Int, at time: KernelInstant) {
    guard !edges[slot].isTold else { return }
    edges[slot].isTold = true
    tell([row(ofEdge: slot)], nil, of: nil, at: time)
  }

  /// A name of a server hello is asked for next; that it was resolved before is told in time.
  mutating func tellName(_ name: String, at time: KernelInstant) {
    guard let slot = names.slot(of: name), !names[slot].isTold else { return }
    names[slot].isTold = true
    tell([row(ofName: slot)], nil, of: nil, at: time)
  }

  private mutating func tell(
    _ rows: [BaselineRow], _ destinations: [BaselineEvent.Destination]?, of subject: Int?,
    at time: KernelInstant
  ) {
    guard isKept else { return }
    var facts = BaselineEvent.Facts(
      subject: ByteString(subject.map { subjects[$0].key } ?? ""))
    facts.destinations = destinations
    facts.rows = ByteString(StateRow.pack(rows.map(\.stored)))
    told.append(BaselineEvent(time: time, facts: facts))
  }

  /// Brings what others kept of a subject into the stream; nothing where no store keeps this.
  public mutating func tell(_ rows: [StateRow], of subject: String, at time: KernelInstant) {
    guard isKept else { return }
    var facts = BaselineEvent.Facts(subject: ByteString(subject))
    facts.rows = ByteString(StateRow.pack(rows))
    told.append(BaselineEvent(time: time, facts: facts))
  }

  private func destinationFacts(_ destination: Destination) -> BaselineEvent.Destination {
    let endpoint = destination.endpoint
    return BaselineEvent.Destination(
      address: ByteString("\(endpoint.address)"), port: endpoint.port, firstSeen: nil,
      activeDays: nil, subjects: nil)
  }

  func facts(of slot: Int) -> BaselineEvent.Facts {
    let habits = habits(of: subjects[slot].record)
    var facts = BaselineEvent.Facts(subject: ByteString(subjects[slot].key))
    facts.firstSeen = habits.firstSeen
    facts.activeDays = UInt64(clamping: habits.activeDays)
    facts.isNetworkFacing = habits.isNetworkFacing
    facts.sentP99 = habits.sentP99Bytes
    facts.protocols = subjects[slot].record.protocols.map { ByteString($0.name) }
    return facts
  }

  // MARK: Events of others

  /// Days are only counted in the fields: they are taken to be the last ones before the event.
  private mutating func approximate(_ facts: BaselineEvent.Facts) {
    guard let text = facts.subject.text, !text.isEmpty else { return }
    // Nothing was first seen in the future.
    let past = { [now] (told: Int64) in min(UnixSeconds.clamped(told), now) }
    let first = past(facts.firstSeen ?? now)
    since = min(since ?? now, first)
    var record = SubjectRecord(firstSeen: first)
    mark(&record.active, facts.activeDays)
    record.isNetworkFacing = facts.isNetworkFacing ?? false
    record.toldP99 = facts.sentP99
    for name in (facts.protocols ?? []).prefix(SubjectRecord.protocolLimit) {
      // It is told as known, so it is no news.
      _ = record.note(
        spoken: "\(name)", at: UnixSeconds.clamped(min(first, now - Self.newSeconds)))
    }
    let slot = merge(subject: text, record)
    for told in facts.destinations ?? [] {
      guard let address = told.address.text.flatMap({ IPAddress(text: $0) }) else { continue }
      let destination = Destination.endpoint(
        Endpoint(address: address, port: told.port), namespace: 0)
      var pair = PairRecord(firstSeen: told.firstSeen.map(past) ?? first)
      mark(&pair.days, told.activeDays)
      if told.firstSeen != nil || told.activeDays != nil {
        merge(pair: PairKey(subject: Int32(slot), destination: destination), pair)
      }
      var record = DestinationRecord(
        firstSeen: told.firstSeen.map(past) ?? first)
      record.toldUsers = Int(min(told.subjects ?? 0, UInt64(DestinationHabits.subjectLimit)))
      merge(destination: destination, record)
    }
    if facts.isParentEdgeKnown == true { noteToldEdge(of: text, first) }
  }

  private func mark(_ days: inout DaySet, _ count: UInt64?) {
    for age in 1...32 where UInt64(age) <= count ?? 0 { days.mark(today - Int32(age)) }
  }

  /// From the initiator's path to the executable's: the parent itself is not told.
  private mutating func noteToldEdge(of text: String, _ first: Int64) {
    let fields = text.split(separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 7, !fields[5].isEmpty else { return }
    let edge = Edge(
      parent: ByteString(Self.unescaped(fields[5])), child: ByteString(Self.unescaped(fields[2])))
    merge(edge: edge, SeenRecord(firstSeen: first))
  }

  /// Undoes the `%XX` of a subject's text.
  static func unescaped(_ field: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
