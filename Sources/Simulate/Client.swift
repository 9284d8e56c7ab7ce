// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Wire

/// The side that is looked at: it visits the destination, again and again.
public struct Client: Sendable {
  private let behaviour: Behaviour
  private let destination: Endpoint

  /// Refuses destinations that could be somebody else's.
  public init(behaviour: Behaviour, destination: Endpoint) throws(SimulationError) {
    guard destination.address.isHarmless else {
      throw .foreignDestination(destination.address.description)
    }
    self.behaviour = behaviour
    self.destination = destination
  }

  /// Makes all visits; tells each one's number and what it sent and received.
  public func run(_ told: (_ visit: Int, _ sent: Int, _ received: Int) -> Void) {
    var random = SystemRandomNumberGenerator()
    for visit in 1...max(behaviour.visits, 1) {
      let (sent, received) = makeVisit()
      told(visit, sent, received)
      guard visit < behaviour.visits else { break }
      let spread = behaviour.jitter * Double.random(in: -1...1, using: &random)
      Self.sleep(for: behaviour.period * (1 + spread))
    }
  }

  private func makeVisit() -> (sent: Int, received: Int) {
    guard let socket = try? StreamSocket.connected(to: destination) else { return (0, 0) }
    let sent = socket.send(behaviour.requestBytes)
    guard behaviour.kind == .beacon else { return (sent, 0) }
    var received = 0
    while received < Behaviour.responseBytes {
      let count = socket.receive()
      guard count > 0 else { break }
      received += count
    }
    return (sent, received)
  }

  /// A tenth of a second, for who waits on a client.
  public static func pause() {
    sleep(for: .milliseconds(100))
  }

  private static func sleep(for pause: Duration) {
    let (seconds, attoseconds) = pause.components
    var time = timespec(
      tv_sec: Int(max(seconds, 0)), tv_nsec: Int(max(attoseconds, 0) / 1_000_000_000))
    var rest = timespec()
    while unsafe nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
  }
}

extension IPAddress {
  /// Loopback, private, link-local, or reserved for documentation (RFC 5737, RFC 3849).
  var isHarmless: Bool {
    if isIPv4 {
      let blocks: [(network: UInt32, bits: UInt32)] = [
        (0x7f00_0000, 8), (0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16),
        (0xa9fe_0000, 16), (0xc000_0200, 24), (0xc633_6400, 24), (0xcb00_7100, 24),
      ]
      return blocks.contains { ipv4 >> (32 - $0.bits) == $0.network >> (32 - $0.bits) }
    }
    let isLoopback = high == 0 && low == 1
    let isUniqueLocal = high >> 57 == 0xfc >> 1
    let isLinkLocal = high >> 54 == 0xfe80 >> 6
    let isDocumentation = high >> 32 == 0x2001_0db8
    return isLoopback || isUniqueLocal || isLinkLocal || isDocumentation
  }
}
