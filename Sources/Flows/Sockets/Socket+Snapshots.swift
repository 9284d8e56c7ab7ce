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

/// What one snapshot adds to a socket.
struct SnapshotGain {
  var sentBytes: UInt64 = 0
  var receivedBytes: UInt64 = 0
  /// False for a snapshot that does not advance.
  var isNews = false
  /// The burst begins a request of its own.
  var isRequest = false
  /// The exchange that the request ends.
  var ended: (sentBytes: UInt64, receivedBytes: UInt64)?
  var subject: SubjectID
  var nameSlot: Int32
}

extension Socket {
  /// Takes a snapshot of a known actor; nil when its process is none yet.
  mutating func take(_ burst: BurstEvent) -> SnapshotGain? {
    let opening = Opening(
      opener: origin == .connect ? openerSubject : nil, until: openingUntil,
      // Where the answer was not seen, the first send still belongs to the connect.
      takesFirstSend: connectedAt == nil && sentBytes == 0, isOutbound: role == .outbound)
    var extended: KernelInstant?
    let gain: SnapshotGain
    if firstActor?.image == burst.image {
      guard let own = firstActor?.advance(to: burst, opening, &extended) else { return nil }
      gain = own
    } else {
      guard let index = furtherActors.firstIndex(where: { $0.image == burst.image }) else {
        return nil
      }
      gain = furtherActors[index].advance(to: burst, opening, &extended)
    }
    if let extended { openingUntil = max(openingUntil, extended) }
    sentBytes &+= gain.sentBytes
    receivedBytes &+= gain.receivedBytes
    if burst.last > lastActivity { lastActivity = burst.last }
    if gain.receivedBytes > 0 {
      receipts.note(from: burst.first, to: burst.last)
      if isEstablished == nil { isEstablished = true }
    }
    return gain
  }

  /// Gives a process its place among the actors; false when all are taken.
  mutating func admit(_ actor: SocketActor) -> Bool {
    guard firstActor != nil else {
      firstActor = actor
      return true
    }
    guard furtherActors.count + 1 < Self.actorLimit else { return false }
    furtherActors.append(actor)
    return true
  }
}

/// The part of a socket's state that decides whether sends still belong to its connect.
struct Opening {
  /// Nil where nobody was seen to connect.
  let opener: SubjectID?
  let until: KernelInstant
  let takesFirstSend: Bool
  let isOutbound: Bool
}

extension SocketActor {
  /// Moves the maxima on; `extended` is set where the sends belong to the socket's opening.
  mutating func advance(
    to burst: BurstEvent, _ opening: Opening, _ extended: inout KernelInstant?
  ) -> SnapshotGain {
    var gain = SnapshotGain(subject: subject, nameSlot: nameSlot)
    let hasSent = burst.sends > sends
    gain.isNews =
      hasSent || burst.receives > receives || burst.sentBytes > sentBytes
      || burst.receivedBytes > receivedBytes
    guard gain.isNews else { return gain }
    if hasSent, opening.isOutbound { beginRequest(burst, opening, &gain, &extended) }
    if burst.sentBytes > sentBytes {
      gain.sentBytes = burst.sentBytes - sentBytes
      sentBytes = burst.sentBytes
    }
    if burst.receivedBytes > receivedBytes {
      gain.receivedBytes = burst.receivedBytes - receivedBytes
      receivedBytes = burst.receivedBytes
    }
    sends = max(sends, burst.sends)
    receives = max(receives, burst.receives)
    return gain
  }

  private mutating func beginRequest(
    _ burst: BurstEvent, _ opening: Opening, _ gain: inout SnapshotGain,
    _ extended: inout KernelInstant?
  ) {
    // A flush inside a burst repeats the burst's first operation.
    let isRepeatedFlush = sends > 0 && burst.first <= lastBurstStart
    let isOpening =
      subject == opening.opener && (burst.first <= opening.until || opening.takesFirstSend)
    if isOpening {
      extended = burst.last.advanced(byNanoseconds: FlowTable.pauseNanoseconds)
    } else {
      gain.isRequest = !isRepeatedFlush && !isKernelThread && !image.isUnattributed
    }
    let pause = burst.first.nanoseconds(since: lastSend)
    if exchangeStart == nil || (gain.isRequest && pause > FlowTable.pauseNanoseconds) {
      gain.ended = exchangeStart.map {
        (sentBytes &- $0.sentBytes, receivedBytes &- $0.receivedBytes)
      }
      exchangeStart = (sentBytes, receivedBytes)
    }
    lastBurstStart = max(lastBurstStart, burst.first)
    lastSend = max(lastSend, burst.last)
  }

  /// What moved since the last call; nil where nothing did, or nobody can be named.
  mutating func takeMovement(_ socket: Socket, _ now: KernelInstant) -> Movement? {
    guard !isKernelThread, !image.isUnattributed, let pair = socket.pair(of: subject) else {
      return nil
    }
    let sent = sentBytes &- toldSentBytes
    let received = receivedBytes &- toldReceivedBytes
    guard sent > 0 || received > 0 else { return nil }
    toldSentBytes = sentBytes
    toldReceivedBytes = receivedBytes
    return Movement(
      pair: pair, image: image, sentBytes: sent, receivedBytes: received, time: now)
  }

  /// What it moved so far may have been told before the socket lost its place.
  mutating func forgetMovement() {
    toldSentBytes = sentBytes
    toldReceivedBytes = receivedBytes
  }

  /// What went to and fro since the current exchange began.
  func exchange(_ pair: Pair) -> Exchange? {
    guard let start = exchangeStart else { return nil }
    return Exchange(
      pair: pair, sentBytes: sentBytes &- start.sentBytes,
      receivedBytes: receivedBytes &- start.receivedBytes)
  }
}
