// SPDX-License-Identifier: Apache-2.0

internal import Wire

// The life of a socket: opened, answered, closed, gone.

extension FlowTable {
  mutating func record(_ event: ConnectEvent, observer: inout some FlowObserver) {
    counters.connectionCounts[Socket.Role.outbound.index] &+= 1
    let subject = subject(of: event.image, from: event.local.address, observer: &observer)
    var socket = Socket(
      key: event.socket, origin: .connect, role: .outbound,
      networkNamespace: event.networkNamespace, local: event.local, remote: event.remote,
      opener: event.image, openerSubject: subject, isOpenerInferred: false, openedAt: event.time)
    socket.openingUntil = event.time.advanced(byNanoseconds: Self.pauseNanoseconds)
    socket.resolvedName = resolvedName(of: event.remote, in: event.networkNamespace)
    socket.isForwarded =
      socket.scope == .loopback
      && forwarders.isForwarded(event.remote, in: event.networkNamespace)
    noteDestination(of: socket)
    let slot = insert(socket, observer: &observer)
    guard let pair = sockets[slot].pair(of: subject) else { return }
    noteUse(of: slot, by: event.image, subject)
    visits.note(RecentVisits.Visit(time: event.time, pair: pair, image: event.image))
    observer.requested(
      Request(
        kind: .connect, time: event.time, pair: pair, image: event.image,
        socket: SocketID(event.socket), origin: .connect, opener: event.image, local: event.local,
        remote: event.remote, traits: traits(of: event.image)))
  }

  mutating func record(_ event: ConnectedEvent) {
    guard let slot = socketSlots.slot(of: SocketID(event.socket)) else { return }
    sockets[slot].connectedAt = event.time
    sockets[slot].isEstablished = true
    if event.local.isKnown { sockets[slot].local = event.local }
    // The opening lasts from the answer on, however long that took.
    let end = event.time.advanced(byNanoseconds: Self.pauseNanoseconds)
    sockets[slot].openingUntil = max(sockets[slot].openingUntil, end)
    touch(slot, event.time)
  }

  mutating func record(_ event: AcceptEvent, observer: inout some FlowObserver) {
    counters.connectionCounts[Socket.Role.inbound.index] &+= 1
    let opener = event.image.map { subject(of: $0, from: event.local.address, observer: &observer) }
    var socket = Socket(
      key: event.socket, origin: .accept, role: .inbound,
      networkNamespace: event.networkNamespace, local: event.local, remote: event.remote,
      opener: event.image, openerSubject: opener,
      isOpenerInferred: event.inferred ?? true, openedAt: event.time)
    socket.isEstablished = true
    _ = insert(socket, observer: &observer)
  }

  mutating func record(_ event: AdoptEvent, observer: inout some FlowObserver) {
    // Two hooks that meet may both tell it; its counts must not begin again.
    guard socketSlots.slot(of: SocketID(event.socket)) == nil else { return }
    let role: Socket.Role =
      switch event.outbound {
      case true?: .outbound
      case false?: .inbound
      case nil: .unknown
      }
    let opener = event.image.map { subject(of: $0, from: event.local.address, observer: &observer) }
    var socket = Socket(
      key: event.socket, origin: .adopt, role: role,
      networkNamespace: event.networkNamespace, local: event.local, remote: event.remote,
      opener: event.image, openerSubject: opener,
      isOpenerInferred: false, openedAt: event.time)
    socket.isEstablished = true
    _ = insert(socket, observer: &observer)
  }

  mutating func record(_ event: ClosedEvent, observer: inout some FlowObserver) {
    guard let slot = socketSlots.slot(of: SocketID(event.socket)) else { return }
    touch(slot, event.time)
    sockets[slot].closedAt = event.time
    sockets[slot].closeReason = event.reason
    sockets[slot].isEstablished = event.isEstablished
    if event.local.isKnown { sockets[slot].local = event.local }
    if !sockets[slot].remote.isKnown, event.remote.isKnown { place(slot, at: event.remote) }
    guard !event.isEstablished else { return }
    counters.countFailure(sockets[slot].role, event.reason)
    guard sockets[slot].origin == .connect, let subject = sockets[slot].openerSubject,
      let pair = sockets[slot].pair(of: subject)
    else { return }
    observer.failed(pair, on: sockets[slot])
  }

  mutating func record(_ event: FinalEvent, observer: inout some FlowObserver) {
    guard let slot = socketSlots.slot(of: SocketID(event.socket)) else { return }
    touch(slot, event.time)
    sockets[slot].unreadBytes = event.unreadBytes
    compare(event, slot)
    end(slot, observer: &observer)
    socketSlots.remove(at: slot)
  }

  /// Puts a new socket into the table, in the place of whatever its key or its slot held.
  mutating func insert(_ socket: Socket, observer: inout some FlowObserver) -> Int {
    let id = SocketID(socket.key)
    if let old = socketSlots.slot(of: id) {
      end(old, observer: &observer)
      socketSlots.remove(at: old)
    }
    noteOutside(socket, isOpen: true)
    let place = socketSlots.insert(id, owner: socket.openerSubject)
    if place.slot == sockets.count {
      sockets.append(socket)
    } else {
      if place.isTaken { end(place.slot, observer: &observer) }
      sockets[place.slot] = socket
    }
    return place.slot
  }

  /// Tells the observer what is complete now that no more will come.
  mutating func end(_ slot: Int, observer: inout some FlowObserver) {
    tellMovement(slot, observer: &observer)
    let socket = sockets[slot]
    heads.forget(SocketID(socket.key))
    noteDestination(of: socket)
    if let taker = socket.firstActor?.image {
      noteForwarder(socket, by: taker, since: socket.openedAt, isOver: true)
    }
    noteOutside(socket, isOpen: false)
    if socket.role == .outbound {
      noteReceipts(of: slot)
      if let actor = socket.firstActor { tellExchange(of: actor, socket, observer: &observer) }
      for actor in socket.furtherActors { tellExchange(of: actor, socket, observer: &observer) }
    }
    var notes = socket.notes
    observer.ended(socket, at: now, notes: &notes)
  }

  /// Leaves with the processes when the socket brought bytes: it is forgotten, they act on them.
  private mutating func noteReceipts(of slot: Int) {
    if let opener = sockets[slot].opener, let subject = sockets[slot].openerSubject {
      noteUse(of: slot, by: opener, subject)
    }
    if let actor = sockets[slot].firstActor, actor.image != sockets[slot].opener {
      noteUse(of: slot, by: actor.image, actor.subject)
    }
    for actor in sockets[slot].furtherActors where actor.image != sockets[slot].opener {
      noteUse(of: slot, by: actor.image, actor.subject)
    }
  }

  /// Tells what each process moved on an outbound socket since it was last told.
  private mutating func tellMovement(_ slot: Int, observer: inout some FlowObserver) {
    noteForwarding(of: slot)
    let total = sockets[slot].sentBytes &+ sockets[slot].receivedBytes
    guard sockets[slot].role == .outbound, total != sockets[slot].toldBytes else { return }
    sockets[slot].toldBytes = total
    let socket = sockets[slot]
    if let movement = sockets[slot].firstActor?.takeMovement(socket, now) {
      observer.moved(movement, on: socket)
    }
    for index in socket.furtherActors.indices {
      if let movement = sockets[slot].furtherActors[index].takeMovement(socket, now) {
        observer.moved(movement, on: socket)
      }
    }
  }

  private func tellExchange(
    of actor: SocketActor, _ socket: Socket, observer: inout some FlowObserver
  ) {
    guard let pair = socket.pair(of: actor.subject), var exchange = actor.exchange(pair) else {
      return
    }
    exchange.named = socket.reading?.named
    observer.exchanged(exchange)
  }

  /// Learns where a socket leads, and counts there what it has moved so far.
  private mutating func place(_ slot: Int, at remote: Endpoint) {
    sockets[slot].remote = remote
    let scope = DestinationScope(remote.address)
    sockets[slot].scope = scope
    // A socket met after an eviction may have been counted before.
    guard socketSlots.evictions == 0 else { return }
    let actors = sockets[slot].furtherActors + (sockets[slot].firstActor.map { [$0] } ?? [])
    for actor in actors {
      counters.countTransfer(sent: actor.sentBytes, received: actor.receivedBytes, scope)
      transfers.count(
        sent: actor.sentBytes, received: actor.receivedBytes, scope, slot: actor.nameSlot)
    }
  }

  mutating func record(audit event: FinalEvent) {
    guard let slot = socketSlots.slot(of: SocketID(event.socket)) else { return }
    compare(event, slot)
  }

  /// The truth equation: the kernel's totals against the sum of what the actors were seen to do.
  private mutating func compare(_ event: FinalEvent, _ slot: Int) {
    guard event.marks.isEmpty else {
      for (mark, reason) in Self.markReasons where event.marks.contains(mark) {
        counters.mismatches[reason.index] &+= 1
      }
      // Here the totals are payload; kernel TLS counts its records, the others count oddly.
      if event.marks.isSubset(of: [.multipath, .sockmap]) { countUnattributed(event, slot) }
      return
    }
    let socket = sockets[slot]
    guard socket.isComparable else { return }
    guard event.writtenBytes != socket.sentBytes || event.readBytes != socket.receivedBytes else {
      return
    }
    if !socket.isMismatchCounted {
      sockets[slot].isMismatchCounted = true
      let reason: FlowCounters.Mismatch = event.lostBursts > 0 ? .lost : .unexplained
      counters.mismatches[reason.index] &+= 1
    }
    countUnattributed(event, slot)
  }

  /// What the kernel counted beyond the actors' sum, and beyond what an audit already told.
  private mutating func countUnattributed(_ event: FinalEvent, _ slot: Int) {
    let socket = sockets[slot]
    let sent = max(event.writtenBytes, socket.sentBytes) - socket.sentBytes
    let received = max(event.readBytes, socket.receivedBytes) - socket.receivedBytes
    let newlySent = max(sent, socket.unattributedSentBytes) - socket.unattributedSentBytes
    let newlyReceived =
      max(received, socket.unattributedReceivedBytes) - socket.unattributedReceivedBytes
    sockets[slot].unattributedSentBytes &+= newlySent
    sockets[slot].unattributedReceivedBytes &+= newlyReceived
    counters.countUnattributed(sent: newlySent, received: newlyReceived)
  }

  private static let markReasons: [(SocketMarks, FlowCounters.Mismatch)] = [
    (.kernelTLS, .ktls), (.multipath, .mptcp), (.sockmap, .sockmap), (.outOfBand, .oob),
    (.repair, .repair),
  ]

  private mutating func touch(_ slot: Int, _ time: KernelInstant) {
    if time > sockets[slot].lastActivity { sockets[slot].lastActivity = time }
  }

  // MARK: Time

  /// Looks at the next part of the sockets: closed, idle and long-lived ones.
  mutating func sweep(since due: KernelInstant, observer: inout some FlowObserver) {
    let elapsed = now.nanoseconds(since: due) / Self.pauseNanoseconds + 1
    nextSweep = now.advanced(byNanoseconds: Self.pauseNanoseconds)
    tellReactions(observer: &observer)
    processes.expire(now: now)
    transfers.rank()
    let total = socketSlots.slotCount
    let seconds = Int(min(elapsed, UInt64(Self.sweepSeconds)))
    let closedGrace = limits.closedGrace.wholeNanoseconds
    let idleLimit = limits.idleLimit.wholeNanoseconds
    let longLived = limits.longLivedAge.wholeNanoseconds
    for _ in 0..<min(total, (total * seconds + Self.sweepSeconds - 1) / Self.sweepSeconds) {
      sweepCursor = (sweepCursor + 1) % total
      let slot = sweepCursor
      guard socketSlots.key(at: slot) != nil else { continue }
      if let taker = sockets[slot].firstActor?.image {
        noteForwarder(sockets[slot], by: taker, since: now, isOver: false)
      }
      tellMovement(slot, observer: &observer)
      let idle = now.nanoseconds(since: sockets[slot].lastActivity)
      if idle > (sockets[slot].closedAt == nil ? idleLimit : closedGrace) {
        end(slot, observer: &observer)
        socketSlots.remove(at: slot)
      } else if !sockets[slot].isAgeReported, sockets[slot].role == .outbound,
        sockets[slot].closedAt == nil, sockets[slot].isEstablished == true,
        now.nanoseconds(since: sockets[slot].openedAt) >= longLived
      {
        sockets[slot].isAgeReported = true
        var notes = sockets[slot].notes
        observer.aged(sockets[slot], at: now, notes: &notes)
        sockets[slot].notes = notes
      }
    }
  }
}
