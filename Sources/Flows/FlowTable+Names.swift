// SPDX-License-Identifier: Apache-2.0

internal import Protocols
internal import Wire

// What a connection says by its first bytes, and what its remote is called.

extension FlowTable {
  mutating func record(_ event: HeadEvent, observer: inout some FlowObserver) {
    guard let slot = socketSlots.slot(of: SocketID(event.socket)) else { return }
    guard let reading = heads.read(event, owner: sockets[slot].openerSubject) else { return }
    let old = sockets[slot].reading
    let remote = sockets[slot].remote
    let isSent = event.direction == .sent
    sockets[slot].reading = SocketReading(
      sent: isSent ? reading : old?.sent, received: isSent ? old?.received : reading,
      port: remote.port, scope: sockets[slot].destinationScope ?? DestinationScope(remote.address))
    noteDestination(of: sockets[slot])
    var notes = sockets[slot].notes
    observer.read(sockets[slot], at: now, notes: &notes)
    sockets[slot].notes = notes
  }

  mutating func record(_ event: NameEvent) {
    names.record(event, now: now)
  }

  /// The name that the remote had when the connection was opened.
  func resolvedName(of remote: Endpoint, in namespace: UInt64) -> String? {
    names.name(of: remote.address, in: namespace, at: now)
  }

  /// Keeps what is known of the remote, for every subject that uses the socket.
  mutating func noteDestination(of socket: Socket) {
    guard socket.role == .outbound, socket.reading != nil || socket.resolvedName != nil else {
      return
    }
    var subjects: [SubjectID] = []
    if let opener = socket.openerSubject { subjects.append(opener) }
    for actor in [socket.firstActor].compactMap(\.self) + socket.furtherActors
    where !subjects.contains(actor.subject) { subjects.append(actor.subject) }
    for subject in subjects {
      guard let pair = socket.pair(of: subject) else { continue }
      note(socket, pair)
      if let named = socket.reading?.named {
        note(socket, Pair(subject: subject, destination: named))
      }
    }
  }

  private mutating func note(_ socket: Socket, _ pair: Pair) {
    destinations.update(pair) { facts in
      if let name = socket.resolvedName, !pair.destination.isWide {
        facts.take(name: name, from: .dns)
      }
      if let reading = socket.reading?.best { facts.take(reading) }
    }
  }

  /// What is known of where a pair's connections lead; nil where nothing is.
  public func destinationFacts(of pair: Pair) -> DestinationFacts? { destinations[pair] }
}
