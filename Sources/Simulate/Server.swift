// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Wire

/// The other side: answers a beacon, stays silent towards a one-way sender.
public struct Server: ~Copyable {
  private let kind: Behaviour.Kind
  private let listener: StreamSocket
  public let endpoint: Endpoint

  /// Web ports, since one-way looks at nothing else; the first free one is taken.
  private static let webPorts: [UInt16] = [8080, 8000, 8008, 8888, 3128]

  /// Listens on 127.0.0.1.
  public init(for kind: Behaviour.Kind) throws(SimulationError) {
    let loopback = IPAddress(ipv4: 0x7f00_0001)
    var failure = SimulationError.system(operation: "listen on 127.0.0.1", code: EADDRINUSE)
    for port in kind == .beacon ? [0] : Self.webPorts {
      do throws(SimulationError) {
        let listening = try StreamSocket.listening(on: Endpoint(address: loopback, port: port))
        endpoint = Endpoint(address: loopback, port: listening.localPort)
        listener = listening
        self.kind = kind
        return
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// Serves one connection after the other until `isOver`.
  public func serve(until isOver: () -> Bool) {
    while !isOver() {
      var entry = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&entry, 1, 100) > 0 else { continue }
      let accepted = accept(listener.descriptor, nil, nil)
      guard accepted >= 0 else { continue }
      let connection = StreamSocket(accepted: accepted)
      if kind == .beacon {
        if connection.receive() > 0 { _ = connection.send(Behaviour.responseBytes) }
      } else {
        while connection.receive() > 0 {}
      }
    }
  }
}
