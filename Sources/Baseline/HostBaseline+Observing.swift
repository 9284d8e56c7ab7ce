// SPDX-License-Identifier: Apache-2.0

internal import Protocols
public import Flows
public import Wire

// What the stream shows. Nothing here decides anything: it is counted, and asked for later.

extension HostBaseline: FlowObserver {
  public mutating func identified(_ actor: ActingImage) {
    advance(to: actor.time)
    tellOldest(at: actor.time)
    let slot = subject(actor.number, actor.identity, at: actor.time)
    if let uid = actor.uid {
      let classes = UserClasses(uid: uid)
      if !subjects[slot].record.users.isSuperset(of: classes) {
        subjects[slot].record.users.formUnion(classes)
        subjects[slot].isChanged = true
      }
    }
    note(actor.provenance, of: actor.image, as: actor.number)
    var child = actor.executable
    for ancestor in actor.ancestors {
      let parent = ancestor.event?.facts.executable
      if let parent, let child { noteEdge(Edge(parent: parent, child: child), at: actor.time) }
      child = parent
    }
  }

  public mutating func renamed(_ number: SubjectID, to identity: Subject) {
    guard let old = slotOf[number].map(Int.init) else { return }
    let text = "\(identity)"
    guard subjects[old].key != text else { return }
    let time = lastTime
    guard let known = subjects.slot(of: text) else {
      forgetSavedRows(of: old)
      subjects.rekey(at: old, to: text)
      return
    }
    tellSubject(known, at: time)
    move(old, into: known, at: time)
  }

  public mutating func requested(_ request: Request) {
    advance(to: request.time)
    let pair = request.pair
    guard let subject = slotOf[pair.subject].map(Int.init) else { return }
    let isPoisoned = isPoisoned(pair, request.image, named: request.named)
    touchSubject(subject) { $0.active.mark($1) }
    let port = pair.destination.endpoint.port
    if !subjects[subject].record.ports.contains(port) {
      subjects[subject].record.note(port: port)
      subjects[subject].isChanged = true
    }
    let slot = self.pair(subject, pair.destination, at: request.time)
    let before = pairs[slot].record
    pairs[slot].record.days.mark(today)
    if isPoisoned { pairs[slot].record.tainted.mark(today) }
    Self.see(&pairs[slot].record.lastSeen, now)
    if pairs[slot].record != before { pairs[slot].isChanged = true }
    let user =
      isPoisoned
      ? nil : request.traits.groupNumber ?? StableHash.of(subjects[subject].key.utf8)
    noteDestination(pair.destination, by: user, subject, at: request.time)
  }

  public mutating func moved(_ movement: Movement, on socket: Socket) {
    advance(to: movement.time)
    guard let subject = slotOf[movement.pair.subject].map(Int.init) else { return }
    let hour = Int(now / 3_600 % 24)
    subjects[subject].record.sentByHour[max(hour, 0)] &+= movement.sentBytes
    subjects[subject].record.receivedByHour[max(hour, 0)] &+= movement.receivedBytes
    subjects[subject].isChanged = true
    // What an open finding sends must not raise what is usual.
    let isPoisoned = isPoisoned(
      movement.pair, movement.image, named: socket.reading?.named)
    guard !isPoisoned else { return }
    subjects[subject].record.sent.record(movement.sentBytes, at: now)
  }

  public mutating func read(
    _ socket: Socket, at time: KernelInstant, notes _: inout ObserverNotes
  ) {
    advance(to: time)
    guard socket.role == .outbound, let reading = socket.reading?.best else { return }
    if let name = reading.name?.text { tellName(Self.canonical(name), at: time) }
    guard let actor = socket.principal, let pair = socket.pair(of: actor.subject),
      let subject = slotOf[actor.subject].map(Int.init)
    else { return }
    noteName(of: socket, isOver: false, pair)
    guard !isPoisoned(pair, actor.image, named: socket.reading?.named) else { return }
    for spoken in [reading.application.rawValue] + reading.alpn + [reading.ja4].compactMap(\.self)
    where subjects[subject].record.note(spoken: spoken, at: now) {
      subjects[subject].isChanged = true
    }
  }

  public mutating func accepted(_ socket: Socket, by subject: SubjectID, at time: KernelInstant) {
    advance(to: time)
    guard let scope = socket.scope, scope != .loopback,
      let slot = slotOf[subject].map(Int.init)
    else { return }
    touchSubject(slot) { $0.inbound.mark($1) }
  }

  public mutating func executed(_ execution: Execution) {
    advance(to: execution.event.time)
    guard let child = execution.event.facts.executable,
      let parent = execution.ancestors.first?.event?.facts.executable
    else { return }
    noteEdge(Edge(parent: parent, child: child), at: execution.event.time)
  }

  public mutating func resolved(_ event: NameEvent) {
    advance(to: event.time)
    guard let text = event.name.text else { return }
    hasSeenNames = true
    let name = Self.canonical(text)
    if let slot = names.slot(of: name) {
      names[slot].isTold = true
      if Self.see(&names[slot].record.lastSeen, now) { names[slot].isChanged = true }
    } else {
      insert(name: name, SeenRecord(firstSeen: now), isTold: true)
    }
  }

  public mutating func failed(_ pair: Pair, on socket: Socket) {}
  public mutating func exchanged(_ exchange: Exchange) {}
  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}

  public mutating func ended(_ socket: Socket, at time: KernelInstant, notes: inout ObserverNotes) {
    guard socket.role == .outbound, let actor = socket.principal,
      let pair = socket.pair(of: actor.subject)
    else { return }
    advance(to: time)
    noteName(of: socket, isOver: true, pair)
  }

  // MARK: Poisoning

  /// A finding on the pair opened or closed: while one is open its days are not familiar ones, nor
  /// those of any address that a wide pair stands for.
  ///
  /// The day of either counts among them, and what was sent in the five minutes that led to it is
  /// not counted as usual.
  public mutating func setTainted(_ isTainted: Bool, _ pair: Pair) {
    guard let subject = slotOf[pair.subject].map(Int.init) else { return }
    if let slot = taints.slot(of: pair) {
      if !isTainted { taints.remove(at: slot) }
    } else if isTainted {
      let place = taints.insert(pair, owner: pair.subject, pair.subject, isTold: true) { _ in false
      }
      distrust(place.displaced?.record)
      subjects[subject].record.sent.dropWindow()
      subjects[subject].isChanged = true
    }
    let slots =
      pair.destination.isWide
      ? members(of: pair.destination, subject)
      : [self.pair(subject, pair.destination, at: lastTime)]
    for slot in slots {
      pairs[slot].record.tainted.mark(today)
      pairs[slot].isChanged = true
    }
  }

  private func isPoisoned(_ pair: Pair, _ image: ImageKey, named: Destination?) -> Bool {
    isTainted(pair, named: named)
      || (volatileImages.slots.count > 0 && volatileImages.slot(of: image) != nil)
  }

  private mutating func note(
    _ provenance: Provenance?, of image: ImageKey, as subject: SubjectID
  ) {
    let known = volatileImages.slot(of: image)
    if provenance == .volatile {
      guard known == nil else { return }
      let place = volatileImages.insert(image, owner: subject, subject, isTold: true) { _ in false }
      distrust(place.displaced?.record)
    } else if let known {
      volatileImages.remove(at: known)
    }
  }

  /// What must not become familiar can no longer be told apart: so nothing of the subject does.
  private mutating func distrust(_ number: SubjectID?) {
    guard let slot = number.flatMap({ slotOf[$0] }).map(Int.init) else { return }
    subjects[slot].record.isNeverFamiliar = true
    subjects[slot].isChanged = true
  }

  // MARK: Places in the tables

  /// Seconds.
  static let seenStep: Int64 = 600

  /// A saved time moves in steps of ten minutes: most rows then stay as they were saved.
  @discardableResult
  static func see(_ lastSeen: inout Int64, _ now: Int64) -> Bool {
    guard now - lastSeen >= seenStep else { return false }
    lastSeen = now
    return true
  }

  private mutating func touchSubject(
    _ slot: Int, _ mark: (inout SubjectRecord, Int32) -> Void
  ) {
    let before = (subjects[slot].record.active, subjects[slot].record.inbound)
    mark(&subjects[slot].record, today)
    let after = (subjects[slot].record.active, subjects[slot].record.inbound)
    let isSeen = Self.see(&subjects[slot].record.lastSeen, now)
    if isSeen || before != after { subjects[slot].isChanged = true }
  }

  /// The slot of a subject that acts, which is told where only the store knew it.
  private mutating func subject(
    _ number: SubjectID, _ identity: Subject, at time: KernelInstant
  ) -> Int {
    if let slot = slotOf[number] { return Int(slot) }
    let text = "\(identity)"
    let slot = subjects.slot(of: text) ?? insert(subject: text, SubjectRecord(firstSeen: now))
    slotOf[number] = Int32(slot)
    boundNumbers()
    tellSubject(slot, at: time)
    return slot
  }

  private mutating func pair(
    _ subject: Int, _ destination: Destination, at time: KernelInstant
  ) -> Int {
    let key = PairKey(subject: Int32(subject), destination: destination)
    if let slot = pairs.slot(of: key) {
      tellPair(slot, at: time)
      return slot
    }
    return insert(pair: key, PairRecord(firstSeen: now), isTold: true)
  }

  /// Counts a user of a destination, or an implant's own copies would make its server a common one:
  /// code from a temporary directory and what has an open finding are none, and of code that
  /// nobody vouches for a unit or a user is one.
  private mutating func noteDestination(
    _ destination: Destination, by user: UInt64?, _ subject: Int, at time: KernelInstant
  ) {
    guard let slot = destinations.slot(of: destination) else {
      var record = DestinationRecord(firstSeen: now)
      if let user { _ = record.note(user: user) }
      insert(
        destination: destination, record, by: Int32(truncatingIfNeeded: subject), isTold: true)
      return
    }
    tellDestination(slot, subject, at: time)
    let isFirst = destinations[slot].record.firstSeen == .max
    if isFirst { destinations[slot].record.firstSeen = now }
    let isNews = user.map { destinations[slot].record.note(user: $0) } == true || isFirst
    if Self.see(&destinations[slot].record.lastSeen, now) || isNews {
      destinations[slot].isChanged = true
    }
  }

  private mutating func noteEdge(_ edge: Edge, at time: KernelInstant) {
    guard let slot = edges.slot(of: edge) else {
      insert(edge: edge, SeenRecord(firstSeen: now), isTold: true)
      return
    }
    tellEdge(slot, at: time)
    if Self.see(&edges[slot].record.lastSeen, now) { edges[slot].isChanged = true }
  }
}
