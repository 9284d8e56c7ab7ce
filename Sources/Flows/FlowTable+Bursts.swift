// SPDX-License-Identifier: Apache-2.0

internal import Wire

// Bursts: cumulative snapshots of one actor on one socket.
//
// What a snapshot adds is its difference to the largest one so far, so lost, doubled and reordered
// records change no total. A burst that sent is a request, with one exception: the sends that
// follow a connect, or its answer, without a pause of a second (the flights of a TLS handshake and
// the first question) belong to the connect's own request. Later bursts are told one by one even
// when they lie closer than a second: the timing test merges them itself and needs their number,
// for a stream thinned by a fixed pause would look like a clock.

extension FlowTable {
  mutating func record(_ burst: BurstEvent, observer: inout some FlowObserver) {
    guard let slot = socketSlots.slot(of: SocketID(burst.socket)) else {
      meet(burst, observer: &observer)
      return
    }
    if sockets[slot].firstActor?.image == burst.image {
      let gained = gain(burst, over: sockets[slot].firstActor)
      guard gained.isAny else {
        counters.staleSnapshots &+= 1
        return
      }
      let isRequest = sockets[slot].beginsRequest(burst)
      if isRequest { tellRequest(burst, at: slot, actor: nil, observer: &observer) }
      sockets[slot].firstActor?.advance(to: burst)
      charge(gained, of: sockets[slot].firstActor, at: slot, burst.last)
      return
    }
    recordFurther(burst, at: slot, observer: &observer)
  }

  private mutating func recordFurther(
    _ burst: BurstEvent, at slot: Int, observer: inout some FlowObserver
  ) {
    let known = sockets[slot].furtherActors.firstIndex { $0.image == burst.image }
    guard let actor = known ?? addActor(burst, at: slot) else {
      if sockets[slot].firstActor?.image == burst.image {
        record(burst, observer: &observer)
      } else {
        counters.refusedActors &+= 1
      }
      return
    }
    let gained = gain(burst, over: sockets[slot].furtherActors[actor])
    guard gained.isAny else {
      counters.staleSnapshots &+= 1
      return
    }
    let subject = sockets[slot].furtherActors[actor].subject
    if sockets[slot].beginsRequest(burst, by: sockets[slot].furtherActors[actor], subject) {
      tellRequest(burst, at: slot, actor: actor, observer: &observer)
    }
    sockets[slot].furtherActors[actor].advance(to: burst)
    charge(gained, of: sockets[slot].furtherActors[actor], at: slot, burst.last)
  }

  /// Gives an actor its place; nil when it became the first one or there is no room.
  private mutating func addActor(_ burst: BurstEvent, at slot: Int) -> Int? {
    guard sockets[slot].furtherActors.count + 1 < Socket.actorLimit else { return nil }
    let local = sockets[slot].local.address
    let actor = SocketActor(
      image: burst.image, subject: subject(of: burst.image, from: local),
      isKernelThread: burst.isKernelThread, nameSlot: nameSlot(of: burst.image))
    guard sockets[slot].firstActor != nil else {
      sockets[slot].firstActor = actor
      return nil
    }
    sockets[slot].furtherActors.append(actor)
    return sockets[slot].furtherActors.count - 1
  }

  @inline(__always)
  private func gain(_ burst: BurstEvent, over actor: SocketActor?) -> Gain {
    guard let actor else { return Gain() }
    return Gain(
      sent: max(burst.sentBytes, actor.sentBytes) - actor.sentBytes,
      received: max(burst.receivedBytes, actor.receivedBytes) - actor.receivedBytes,
      isMoreOperations: burst.sends > actor.sends || burst.receives > actor.receives)
  }

  @inline(__always)
  private mutating func charge(
    _ gained: Gain, of actor: SocketActor?, at slot: Int, _ time: KernelInstant
  ) {
    guard let actor else { return }
    sockets[slot].sentBytes &+= gained.sent
    sockets[slot].receivedBytes &+= gained.received
    if time > sockets[slot].lastActivity { sockets[slot].lastActivity = time }
    if gained.received > 0, sockets[slot].isEstablished == nil {
      sockets[slot].isEstablished = true
    }
    if actor.isKernelThread {
      counters.countAttributed(sent: gained.sent, received: gained.received, .kernel)
    } else if actor.image.isUnattributed {
      counters.countUnattributed(sent: gained.sent, received: gained.received)
    } else {
      counters.countAttributed(
        sent: gained.sent, received: gained.received, sockets[slot].origin.attribution)
    }
    guard let scope = sockets[slot].scope else { return }
    counters.countTransfer(sent: gained.sent, received: gained.received, scope)
    transfers.count(
      sent: gained.sent, received: gained.received, scope, slot: actor.nameSlot)
  }

  private mutating func tellRequest(
    _ burst: BurstEvent, at slot: Int, actor: Int?, observer: inout some FlowObserver
  ) {
    let socket = sockets[slot]
    guard let acting = actor.map({ socket.furtherActors[$0] }) ?? socket.firstActor,
      !acting.image.isUnattributed, let pair = socket.pair(of: acting.subject)
    else { return }
    if burst.first.nanoseconds(since: acting.lastSend) > Self.pauseNanoseconds {
      if let exchange = acting.exchange(pair) { observer.exchanged(exchange, on: socket) }
      let start = (burst.first, acting.sentBytes, acting.receivedBytes)
      if let actor {
        sockets[slot].furtherActors[actor].exchangeStart = start
      } else {
        sockets[slot].firstActor?.exchangeStart = start
      }
    }
    observer.requested(
      Request(kind: .send, time: burst.first, pair: pair, image: burst.image), on: socket)
  }

  /// Meets a socket by its burst: its opening was lost, or it lost its place to another.
  private mutating func meet(_ burst: BurstEvent, observer: inout some FlowObserver) {
    let unknown = Endpoint(address: .unspecifiedIPv4, port: 0)
    let slot = insert(
      Socket(
        key: burst.socket, origin: .burst, role: .unknown, networkNamespace: 0, local: unknown,
        remote: unknown, opener: nil, openerSubject: nil, isOpenerInferred: false,
        openedAt: burst.first), observer: &observer)
    if socketSlots.evictions > 0 {
      // It may have been counted before it was evicted: start from here, rather than count twice.
      _ = addActor(burst, at: slot)
      sockets[slot].firstActor?.advance(to: burst)
      return
    }
    record(burst, observer: &observer)
  }
}

/// What one snapshot adds.
private struct Gain {
  var sent: UInt64 = 0
  var received: UInt64 = 0
  var isMoreOperations = false

  var isAny: Bool { sent > 0 || received > 0 || isMoreOperations }
}

extension Socket {
  @inline(__always)
  fileprivate mutating func beginsRequest(_ burst: BurstEvent) -> Bool {
    guard role == .outbound, let actor = firstActor, burst.sends > actor.sends else { return false }
    return beginsRequest(burst, by: actor, actor.subject)
  }

  /// Whether a burst of sends is a request of its own; moves the opening on where it is not.
  fileprivate mutating func beginsRequest(
    _ burst: BurstEvent, by actor: SocketActor, _ subject: SubjectID
  ) -> Bool {
    guard role == .outbound, burst.sends > actor.sends, !burst.isKernelThread else { return false }
    let isRepeatedFlush = actor.sends > 0 && burst.first <= actor.lastBurstStart
    if origin == .connect, subject == openerSubject, !isRepeatedFlush {
      // Where the answer was not seen, the first send still belongs to the connect.
      let isFirstUnanswered = connectedAt == nil && sentBytes == 0
      if burst.first <= openingUntil || isFirstUnanswered {
        let end = burst.last.advanced(byNanoseconds: FlowTable.pauseNanoseconds)
        openingUntil = max(openingUntil, end)
        return false
      }
    }
    return !isRepeatedFlush
  }
}

extension SocketActor {
  @inline(__always)
  fileprivate mutating func advance(to burst: BurstEvent) {
    if burst.sends > sends {
      lastBurstStart = max(lastBurstStart, burst.first)
      lastSend = max(lastSend, burst.last)
      if exchangeStart == nil { exchangeStart = (burst.first, sentBytes, receivedBytes) }
    }
    sentBytes = max(sentBytes, burst.sentBytes)
    receivedBytes = max(receivedBytes, burst.receivedBytes)
    sends = max(sends, burst.sends)
    receives = max(receives, burst.receives)
  }

  /// What went to and fro since the current exchange began.
  func exchange(_ pair: Pair) -> Exchange? {
    guard let start = exchangeStart else { return nil }
    return Exchange(
      pair: pair, sentBytes: sentBytes &- start.sentBytes,
      receivedBytes: receivedBytes &- start.receivedBytes)
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
