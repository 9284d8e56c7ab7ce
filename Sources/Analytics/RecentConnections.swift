// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// One connection of a pair, as shown in its finding.
public struct RecentConnection: Hashable, BitwiseCopyable, Sendable {
  public enum State: Hashable, BitwiseCopyable, Sendable {
    case open
    case closed(CloseReason)
    case failed(CloseReason)
  }

  public var socket: SocketID
  public var openedAt: KernelInstant
  public var local: Endpoint
  /// The pair's own for most; a wide key has several.
  public var remote: Endpoint
  public var state: State
}

/// The last connections of a pair, in constant space: what a finding shows, and no more.
///
/// Whether a connection was counted is noted with its socket: a pair may have any number of them.
struct RecentConnections<let capacity: Int>: BitwiseCopyable, Sendable {
  private var entries = InlineArray<capacity, RecentConnection?>(repeating: nil)
  private var next = 0

  /// Remembers a connection unless it is the one remembered already.
  mutating func note(_ request: Request) {
    for index in entries.indices where entries[index]?.socket == request.socket { return }
    note(
      RecentConnection(
        socket: request.socket, openedAt: request.time, local: request.local,
        remote: request.remote, state: .open))
  }

  /// The same for a socket seen as a whole.
  mutating func note(_ socket: Socket) {
    let id = SocketID(socket.key)
    for index in entries.indices where entries[index]?.socket == id {
      update(socket)
      return
    }
    note(
      RecentConnection(
        socket: id, openedAt: socket.openedAt, local: socket.local, remote: socket.remote,
        state: RecentConnection.State(socket)))
  }

  mutating func note(_ connection: RecentConnection) {
    entries[next] = connection
    next = (next + 1) % capacity
  }

  /// What became of a connection, where it is still remembered.
  mutating func update(_ socket: Socket) {
    let id = SocketID(socket.key)
    for index in entries.indices where entries[index]?.socket == id {
      entries[index]?.local = socket.local
      entries[index]?.state = RecentConnection.State(socket)
    }
  }

  mutating func update(_ socket: SocketID, _ state: RecentConnection.State) {
    for index in entries.indices where entries[index]?.socket == socket {
      entries[index]?.state = state
    }
  }

  /// Oldest first.
  var all: [RecentConnection] {
    (0..<capacity).compactMap { entries[(next + $0) % capacity] }
  }
}

extension RecentConnection.State {
  init(_ socket: Socket) {
    switch (socket.closedAt, socket.isEstablished) {
    case (_?, false?): self = .failed(socket.closeReason ?? .unknown)
    case (_?, _): self = .closed(socket.closeReason ?? .unknown)
    case (nil, _): self = .open
    }
  }
}

extension RecentConnections: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    let none = Endpoint(address: .unspecifiedIPv4, port: 0)
    let empty = RecentConnection(
      socket: SocketID(cookie: 0, generation: 0), openedAt: .zero, local: none,
      remote: none, state: .open)
    for index in entries.indices {
      carrier.carry(&entries[index], or: empty) { entry, carrier in
        var (cookie, generation) = (entry.socket.cookie, entry.socket.generation)
        carrier.carry(&cookie)
        carrier.carry(&generation)
        entry.socket = SocketID(cookie: cookie, generation: generation)
        carrier.carry(&entry.openedAt)
        carrier.carry(&entry.local)
        carrier.carry(&entry.remote)
        carrier.carry(&entry.state, of: RecentConnection.State.all)
      }
    }
    carrier.carry(&next, in: 0...capacity - 1)
  }
}

extension RecentConnection.State {
  fileprivate static let all: [Self] =
    [.open] + CloseReason.allCases.map { .closed($0) } + CloseReason.allCases.map { .failed($0) }
}
