// SPDX-License-Identifier: Apache-2.0

public import Wire

/// A local program that takes loopback connections and holds connections to the outside.
public struct Forwarder: Hashable, Sendable {
  /// Who took the last connection.
  public let image: ImageKey
  /// Where it last connected to.
  public let remote: Endpoint
}

/// Loopback ports behind which a forwarder listens; bounded.
///
/// While whoever takes connections there holds connections to the outside, or opened one since it
/// took this one, what is sent there is meant for the outside. That is known from the first use of
/// a taken connection on, so the first visit through a forwarder still counts as one to the host
/// itself. Not every connection is passed on (a monitor asks the proxy itself), so it takes a day
/// without one that is until the forwarder is none any more.
struct Forwarders: Sendable {
  /// All of 127/8 is one: a client of a wildcard address chooses among them freely.
  struct Listener: Hashable, Sendable {
    let namespace: UInt64
    let local: Endpoint

    init(_ local: Endpoint, in namespace: UInt64) {
      self.namespace = namespace
      self.local = local.loopbackHost
    }
  }

  private struct Entry: Sendable {
    var forwarder: Forwarder
    /// When a connection there was last followed by one that its taker opened to the outside; nil
    /// where it only ever held one meanwhile, as many do that pass nothing on.
    var ledAt: KernelInstant?
    /// How many forwarders there are from here to the outside, this one included.
    var steps: UInt8
  }

  private static let memoryNanoseconds: UInt64 = 86_400_000_000_000
  /// Two that talk to each other would keep each other for ever.
  static let longestChain: UInt8 = 3

  /// By who takes the connections: whoever listens on many ports gives up its own.
  private(set) var slots: FairSlots<Listener, ImageKey>
  private var entries: [Entry] = []

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  func isForwarded(_ remote: Endpoint, in namespace: UInt64) -> Bool {
    steps(from: remote, in: namespace) != nil
  }

  /// How many forwarders there are from there to the outside; nil where none listens.
  func steps(from remote: Endpoint, in namespace: UInt64) -> UInt8? {
    guard slots.count > 0 else { return nil }
    return slots.slot(of: Listener(remote, in: namespace)).map { entries[$0].steps }
  }

  mutating func note(
    _ forwarder: Forwarder, steps: UInt8, hasOpened: Bool, at local: Endpoint,
    in namespace: UInt64, now: KernelInstant
  ) {
    let entry = Entry(forwarder: forwarder, ledAt: hasOpened ? now : nil, steps: steps)
    let key = Listener(local, in: namespace)
    if let slot = slots.slot(of: key) {
      let ledAt = entry.ledAt ?? entries[slot].ledAt
      entries[slot] = entry
      entries[slot].ledAt = ledAt
      return
    }
    let place = slots.insert(key, owner: forwarder.image)
    if place.slot == entries.count {
      entries.append(entry)
    } else {
      entries[place.slot] = entry
    }
  }

  /// A connection there led nowhere outside.
  mutating func noteDeadEnd(at local: Endpoint, in namespace: UInt64, now: KernelInstant) {
    guard slots.count > 0, let slot = slots.slot(of: Listener(local, in: namespace)) else { return }
    if let ledAt = entries[slot].ledAt,
      now.nanoseconds(since: ledAt) <= Self.memoryNanoseconds
    {
      return
    }
    slots.remove(at: slot)
  }

  /// The one to show; where the namespace is not known, nil if several have one there.
  func forwarder(at local: Endpoint, in namespace: UInt64?) -> Forwarder? {
    if let namespace {
      return slots.slot(of: Listener(local, in: namespace)).map { entries[$0].forwarder }
    }
    let host = local.loopbackHost
    var found: Forwarder?
    for slot in 0..<slots.slotCount where slots.key(at: slot)?.local == host {
      guard found == nil else { return nil }
      found = entries[slot].forwarder
    }
    return found
  }
}

/// An image's connections to the outside, those that it shares with its forks included.
struct OutsideUse: BitwiseCopyable, Sendable {
  /// Without those that pass through another forwarder here: held by two that talk to each other
  /// they would say nothing.
  var held: UInt32
  /// Of the last one, whichever way it goes.
  var remote: Endpoint
  var openedAt: KernelInstant
  /// How many local forwarders that one passes through.
  var steps: UInt8
}

extension FlowTable {
  /// Keeps count of who holds connections to the outside, other forwarders' way included.
  mutating func noteOutside(_ socket: Socket, isOpen: Bool) {
    guard socket.role == .outbound, socket.destinationScope == .external,
      let opener = socket.opener, let place = processes.imageSlot(of: opener)
    else { return }
    let held = processes[place].outside?.held ?? 0
    guard isOpen else {
      if held > 0, !socket.isForwarded { processes[place].outside?.held = held - 1 }
      return
    }
    guard socket.isForwarded else {
      processes[place].outside = OutsideUse(
        held: held &+ 1, remote: socket.remote, openedAt: socket.openedAt, steps: 0)
      return
    }
    // That may be known of it only after others were opened.
    if let last = processes[place].outside?.openedAt, last > socket.openedAt { return }
    let steps = forwarders.steps(from: socket.remote, in: socket.networkNamespace) ?? 1
    processes[place].outside = OutsideUse(
      held: held, remote: socket.remote, openedAt: socket.openedAt, steps: steps)
  }

  /// Looks whether who took a loopback connection passes it on: at its first use and at its end
  /// whether it opened one to the outside since then, and now and then between whether it holds one.
  mutating func noteForwarder(
    _ socket: Socket, by image: ImageKey, since opened: KernelInstant, isOver: Bool
  ) {
    guard socket.role == .inbound, socket.scope == .loopback, socket.local.isKnown else { return }
    let namespace = socket.networkNamespace
    if let place = processes.imageSlot(of: image), let outside = processes[place].outside,
      outside.held > 0 || (outside.openedAt >= opened && outside.steps < Forwarders.longestChain)
    {
      forwarders.note(
        Forwarder(image: image, remote: outside.remote),
        steps: (outside.held > 0 ? 0 : outside.steps) + 1,
        hasOpened: outside.openedAt >= opened, at: socket.local, in: namespace, now: now)
    } else if isOver {
      forwarders.noteDeadEnd(at: socket.local, in: namespace, now: now)
    }
  }

  /// Looks whether a connection that is open already leads to what is known as a forwarder by now.
  ///
  /// What was told of it before stays where it was told.
  mutating func noteForwarding(of slot: Int) {
    guard sockets[slot].role == .outbound, sockets[slot].scope == .loopback,
      !sockets[slot].isForwarded,
      forwarders.isForwarded(sockets[slot].remote, in: sockets[slot].networkNamespace)
    else { return }
    sockets[slot].isForwarded = true
    let port = sockets[slot].remote.port
    sockets[slot].reading = sockets[slot].reading?.leading(to: .external, port: port)
    noteOutside(sockets[slot], isOpen: true)
    noteDestination(of: sockets[slot])
    if let actor = sockets[slot].firstActor { noteUse(of: slot, by: actor.image, actor.subject) }
    for actor in sockets[slot].furtherActors { noteUse(of: slot, by: actor.image, actor.subject) }
  }

  /// Who listens there and passes on what it takes, as far as it is still known.
  ///
  /// `visit` is a socket that leads there: in another network namespace another program may listen
  /// at the same address.
  public func forwarder(at local: Endpoint, for visit: SocketID?) -> Forwarder? {
    let namespace = visit.flatMap { socketSlots.slot(of: $0) }.map { sockets[$0].networkNamespace }
    return forwarders.forwarder(at: local, in: namespace)
  }
}

extension Endpoint {
  /// With the one loopback address that stands for all of them.
  var loopbackHost: Endpoint {
    guard DestinationScope(address) == .loopback else { return self }
    let host = address.isIPv4 ? IPAddress(ipv4: 0x7f00_0001) : IPAddress(high: 0, low: 1)
    return Endpoint(address: host, port: port)
  }
}
