// SPDX-License-Identifier: Apache-2.0

public import Wire

/// A local program that takes loopback connections and holds connections to the outside.
public struct Forwarder: Hashable, Sendable {
  /// Who took the last connection.
  public let image: ImageKey
  /// Where it last connected to.
  public let remote: Endpoint
}

/// Loopback addresses behind which a forwarder listens; bounded.
///
/// The last connection decides: while whoever takes connections there holds connections to the
/// outside, or opened one since it took this one, what is sent there is meant for the outside. That
/// is known from the first use of a taken connection on, so the first visit through a forwarder
/// still counts as one to the host itself.
struct Forwarders: Sendable {
  struct Listener: Hashable, Sendable {
    let namespace: UInt64
    let local: Endpoint
  }

  private(set) var slots: FairSlots<Listener, UInt64>
  private var forwarders: [Forwarder] = []

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  func isForwarded(_ remote: Endpoint, in namespace: UInt64) -> Bool {
    slots.count > 0 && slots.slot(of: Listener(namespace: namespace, local: remote)) != nil
  }

  mutating func note(_ forwarder: Forwarder, at local: Endpoint, in namespace: UInt64) {
    let key = Listener(namespace: namespace, local: local)
    if let slot = slots.slot(of: key) {
      forwarders[slot] = forwarder
      return
    }
    let place = slots.insert(key, owner: namespace)
    if place.slot == forwarders.count {
      forwarders.append(forwarder)
    } else {
      forwarders[place.slot] = forwarder
    }
  }

  mutating func forget(_ local: Endpoint, in namespace: UInt64) {
    guard slots.count > 0 else { return }
    if let slot = slots.slot(of: Listener(namespace: namespace, local: local)) {
      slots.remove(at: slot)
    }
  }

  /// In any namespace, for a finding to show: the key of a forwarded destination has none.
  func forwarder(at local: Endpoint) -> Forwarder? {
    for slot in 0..<slots.slotCount where slots.key(at: slot)?.local == local {
      return forwarders[slot]
    }
    return nil
  }
}

/// An image's connections to the outside, those that it shares with its forks included.
struct OutsideUse: BitwiseCopyable, Sendable {
  var held: UInt32
  var remote: Endpoint
  var openedAt: KernelInstant
}

extension FlowTable {
  /// Keeps count of who holds connections to the outside.
  mutating func noteOutside(_ socket: Socket, isOpen: Bool) {
    guard socket.role == .outbound, socket.scope == .external, let opener = socket.opener,
      let place = processes.imageSlot(of: opener)
    else { return }
    if isOpen {
      let held = (processes[place].outside?.held ?? 0) &+ 1
      processes[place].outside = OutsideUse(
        held: held, remote: socket.remote, openedAt: socket.openedAt)
    } else if let held = processes[place].outside?.held, held > 0 {
      processes[place].outside?.held = held - 1
    }
  }

  /// Looks whether who took a loopback connection passes it on; at its first use and at its end.
  mutating func noteForwarder(_ socket: Socket, by image: ImageKey, isOver: Bool) {
    guard socket.role == .inbound, socket.scope == .loopback, socket.local.isKnown else { return }
    if let place = processes.imageSlot(of: image), let outside = processes[place].outside,
      outside.held > 0 || outside.openedAt >= socket.openedAt
    {
      forwarders.note(
        Forwarder(image: image, remote: outside.remote), at: socket.local,
        in: socket.networkNamespace)
    } else if isOver {
      forwarders.forget(socket.local, in: socket.networkNamespace)
    }
  }

  /// Who listens there and passes on what it takes, as far as it is still known.
  public func forwarder(at local: Endpoint) -> Forwarder? { forwarders.forwarder(at: local) }
}
