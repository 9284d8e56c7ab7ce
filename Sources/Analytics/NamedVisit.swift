// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// A connection whose destination's name became known after its connect.
struct NamedVisit {
  /// The connect, under the name's key.
  let request: Request
  /// The remote is a proxy, and the name what it was asked for.
  let isProxied: Bool
  /// Nil while nothing tells.
  let isEstablished: Bool?
  let state: RecentConnection.State
  /// When the name was known: of a long connection long after it was opened.
  let knownAt: KernelInstant
  /// The keys of the address.
  let narrow: Pair
  let network: Pair?

  var pair: Pair { request.pair }

  /// The name's number, as the keys of the address keep it.
  var number: UInt64 { pair.destination.nameNumber ?? 0 }

  /// Nil for what this host did not open, and where no name is known.
  ///
  /// Names come in this order: what a proxy is asked for, TLS, HTTP, and DNS once the connection
  /// is over, for until then a better one may come.
  init?(_ socket: Socket, isOver: Bool, at now: KernelInstant) {
    guard socket.role == .outbound, socket.origin == .connect,
      let subject = socket.openerSubject, let image = socket.opener,
      let narrow = socket.pair(of: subject)
    else { return nil }
    guard let named = socket.named(isOver: isOver) else { return nil }
    self.narrow = narrow
    knownAt = now
    isProxied = socket.reading?.isProxied ?? false
    isEstablished = socket.isEstablished
    state = RecentConnection.State(socket)
    network = Destination(networkOf: socket.remote).map { Pair(subject: subject, destination: $0) }
    request = Request(
      kind: .connect, time: socket.openedAt, pair: Pair(subject: subject, destination: named),
      image: image, socket: SocketID(socket.key), origin: socket.origin, opener: image,
      local: socket.local, remote: socket.remote)
  }
}
