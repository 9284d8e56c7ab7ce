// SPDX-License-Identifier: Apache-2.0

public import Protocols
internal import Wire

/// What both directions' first bytes of one socket say.
///
/// An object, so that the many sockets without one cost a word.
public final class SocketReading: Sendable {
  public let sent: PayloadReading?
  public let received: PayloadReading?
  /// The key that the name in the first bytes makes; nil where they give none.
  public let named: Destination?
  /// That name is what a proxy was asked for, and the remote the proxy.
  public let isProxied: Bool

  init(
    sent: PayloadReading?, received: PayloadReading?, port: UInt16, scope: DestinationScope
  ) {
    self.sent = sent
    self.received = received
    if let target = sent?.proxyTarget {
      named = Destination(proxyTarget: target, by: scope)
      // Who asks for what is no address and port asks no proxy.
      isProxied = named != nil
    } else {
      named = (sent ?? received)?.name.flatMap {
        Destination(name: $0.text, port: port, scope: scope)
      }
      isProxied = false
    }
  }

  /// The same words said to a remote that is farther away than its address tells.
  func leading(to scope: DestinationScope, port: UInt16) -> SocketReading {
    SocketReading(sent: sent, received: received, port: port, scope: scope)
  }

  /// What is spoken with whoever is at the other end: through a proxy, inside the tunnel.
  ///
  /// Of a tunnel to 443 or 8443 that is TLS until its first bytes say something else.
  public var application: ApplicationProtocol? {
    guard isProxied, let sent, let named else { return best?.application }
    let isInsideUnseen = sent.method == "CONNECT"
    return isInsideUnseen && Self.tlsPorts.contains(named.endpoint.port) ? .tls : sent.application
  }

  private static let tlsPorts: [UInt16] = [443, 8443]

  /// The direction that says more.
  public var best: PayloadReading? {
    guard let sent, let received else { return sent ?? received }
    return PayloadReading.better(sent, received)
  }
}

/// First bytes that are not yet enough, until their next piece comes; bounded.
struct SocketHeads: Sendable {
  /// A direction of a socket.
  struct Stream: Hashable, Sendable {
    let socket: SocketID
    let direction: Direction
  }

  private(set) var slots: FairSlots<Stream, SubjectID?>
  private var buffers: [HeadBuffer] = []

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  /// Takes a piece; nil where it says nothing (more).
  mutating func read(_ event: HeadEvent, owner: SubjectID?) -> PayloadReading? {
    let key = Stream(socket: SocketID(event.socket), direction: event.direction)
    if let slot = slots.slot(of: key) {
      guard buffers[slot].append(event.data, at: event.offset) else { return nil }
      let reading = PayloadReader.read(buffers[slot].bytes)
      if reading?.isComplete != false || buffers[slot].isFull { drop(slot) }
      return reading
    }
    var buffer = HeadBuffer()
    guard buffer.append(event.data, at: event.offset) else { return nil }
    guard let reading = PayloadReader.read(buffer.bytes) else { return nil }
    if !reading.isComplete, !buffer.isFull {
      let place = slots.insert(key, owner: owner)
      if place.slot == buffers.count {
        buffers.append(buffer)
      } else {
        buffers[place.slot] = buffer
      }
    }
    return reading
  }

  /// Nothing more will come for the socket.
  mutating func forget(_ socket: SocketID) {
    guard slots.count > 0 else { return }
    for direction in Direction.allCases {
      if let slot = slots.slot(of: Stream(socket: socket, direction: direction)) { drop(slot) }
    }
  }

  private mutating func drop(_ slot: Int) {
    buffers[slot] = HeadBuffer()
    slots.remove(at: slot)
  }
}
