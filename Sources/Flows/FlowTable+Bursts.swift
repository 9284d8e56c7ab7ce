// SPDX-License-Identifier: Apache-2.0

internal import Wire

// The frequent event: a burst on a socket. No allocation for a known socket and actor.

extension FlowTable {
  mutating func record(_ burst: BurstEvent, observer: inout some FlowObserver) {
    let id = SocketID(burst.socket)
    let slot = socketSlots.slot(of: id) ?? meet(burst, observer: &observer)
    guard
      let gain = sockets[slot].take(burst) ?? introduce(burst, at: slot, observer: &observer)
    else {
      counters.refusedActors &+= 1
      return
    }
    guard gain.isNews else {
      counters.staleSnapshots &+= 1
      return
    }
    charge(gain, burst, at: slot)
    if sockets[slot].isForgotten, gain.receivedBytes > 0 {
      noteUse(of: slot, by: burst.image, gain.subject)
    }
    if gain.isRequest { tell(gain, burst, id, at: slot, observer: &observer) }
  }

  @inline(__always)
  private mutating func charge(_ gain: SnapshotGain, _ burst: BurstEvent, at slot: Int) {
    if burst.isKernelThread {
      counters.countAttributed(sent: gain.sentBytes, received: gain.receivedBytes, .kernel)
    } else if burst.image.isUnattributed {
      counters.countUnattributed(sent: gain.sentBytes, received: gain.receivedBytes)
    } else {
      counters.countAttributed(
        sent: gain.sentBytes, received: gain.receivedBytes, sockets[slot].origin.attribution)
    }
    guard let scope = sockets[slot].scope else { return }
    counters.countTransfer(sent: gain.sentBytes, received: gain.receivedBytes, scope)
    transfers.count(
      sent: gain.sentBytes, received: gain.receivedBytes, scope, slot: gain.nameSlot)
  }

  private mutating func tell(
    _ gain: SnapshotGain, _ burst: BurstEvent, _ id: SocketID, at slot: Int,
    observer: inout some FlowObserver
  ) {
    noteForwarding(of: slot)
    guard let pair = sockets[slot].pair(of: gain.subject) else { return }
    if let ended = gain.ended {
      observer.exchanged(
        Exchange(
          pair: pair, sentBytes: ended.sentBytes, receivedBytes: ended.receivedBytes,
          named: sockets[slot].reading?.named))
    }
    visits.note(RecentVisits.Visit(time: burst.first, pair: pair, image: burst.image))
    observer.requested(
      Request(
        kind: .send, time: burst.first, pair: pair, image: burst.image, socket: id,
        origin: sockets[slot].origin, opener: sockets[slot].opener, local: sockets[slot].local,
        remote: sockets[slot].remote, named: sockets[slot].reading?.named,
        isProxied: sockets[slot].reading?.isProxied ?? false, traits: traits(of: burst.image)))
  }

  /// Takes a new actor's first snapshot; nil when the socket has no place left for it.
  private mutating func introduce(
    _ burst: BurstEvent, at slot: Int, observer: inout some FlowObserver
  ) -> SnapshotGain? {
    let subject = subject(
      of: burst.image, from: sockets[slot].local.address, observer: &observer)
    let actor = SocketActor(
      image: burst.image, subject: subject, isKernelThread: burst.isKernelThread,
      nameSlot: nameSlot(of: burst.image))
    if sockets[slot].role == .inbound, sockets[slot].firstActor == nil {
      processes.noteConnectionTaken(by: burst.image.process)
      observer.accepted(sockets[slot], by: actor.subject, at: now)
      noteForwarder(sockets[slot], by: burst.image, since: sockets[slot].openedAt, isOver: false)
    }
    guard sockets[slot].admit(actor) else { return nil }
    noteUse(of: slot, by: burst.image, actor.subject)
    return sockets[slot].take(burst)
  }

  /// Lets a process image know its outbound sockets, for when something starts under it.
  mutating func noteUse(of slot: Int, by image: ImageKey, _ subject: SubjectID) {
    subjects.noteActor(image, of: subject)
    guard sockets[slot].role == .outbound, let pair = sockets[slot].pair(of: subject),
      let place = processes.imageSlot(of: image)
    else { return }
    let id = SocketID(sockets[slot].key)
    if processes[place].recentSockets.isFull(for: id) { updateReceipts(of: place) }
    let forgotten = processes[place].recentSockets.note(
      RecentSockets.Entry(
        socket: id, pair: pair, openedAt: sockets[slot].openedAt, receipts: sockets[slot].receipts))
    sockets[slot].isForgotten = false
    if let forgotten, let other = socketSlots.slot(of: forgotten) {
      sockets[other].isForgotten = true
    }
  }

  /// Before one of its sockets leaves: which of those that live brought bytes since.
  private mutating func updateReceipts(of place: Int) {
    for index in processes[place].recentSockets.entries.indices {
      let socket = processes[place].recentSockets.entries[index].socket
      guard let slot = socketSlots.slot(of: socket) else { continue }
      processes[place].recentSockets.update(index, sockets[slot].receipts)
    }
  }

  /// Meets a socket by its burst: its opening was lost, or it lost its place to another.
  private mutating func meet(_ burst: BurstEvent, observer: inout some FlowObserver) -> Int {
    let unknown = Endpoint(address: .unspecifiedIPv4, port: 0)
    let slot = insert(
      Socket(
        key: burst.socket, origin: .burst, role: .unknown, networkNamespace: 0, local: unknown,
        remote: unknown, opener: nil, openerSubject: nil, isOpenerInferred: false,
        openedAt: burst.first), observer: &observer)
    // It may have been counted before it was evicted: start from here, rather than count twice.
    if socketSlots.evictions > 0 {
      _ = introduce(burst, at: slot, observer: &observer)
      sockets[slot].firstActor?.forgetMovement()
      sockets[slot].sentBytes = 0
      sockets[slot].receivedBytes = 0
    }
    return slot
  }
}

extension Socket.Origin {
  var attribution: FlowCounters.Attribution {
    switch self {
    case .connect, .accept: .exact
    case .adopt: .adopted
    case .burst: .inferred
    }
  }
}
