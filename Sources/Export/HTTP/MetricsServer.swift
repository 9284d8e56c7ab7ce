// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves `/metrics`, `/healthz`, `/readyz` and a small index from a board, on one thread.
///
/// Call ``stop()`` when done; until then the thread and the port are held.
public final class MetricsServer: Sendable {
  /// Bounds on what clients can hold.
  struct Limits: Sendable {
    /// Open connections; one more is closed at once.
    var connections = 64
    /// From accept until the answer is sent.
    var connectionTime = TimeAmount.seconds(10)
    /// From the answer until the connection is closed, if the client does not do it.
    var lingerTime = TimeAmount.seconds(1)
    /// Request line, headers and body together.
    var requestBytes = 16 * 1024
    /// How long ``MetricsServer/stop()`` waits for answers under way.
    var shutdownTime = TimeAmount.seconds(2)
  }

  /// Where it listens, with the port that the kernel chose if 0 was asked for.
  public let address: ListenAddress

  private let group: MultiThreadedEventLoopGroup
  private let listener: any Channel
  private let connections: ConnectionRegistry
  private let unixSocket: UnixSocket?
  private let limits: Limits
  private let isStopped = Mutex(false)

  /// Binds the address and begins to serve; it listens when this returns.
  ///
  /// - Parameters:
  ///   - address: Where to listen.
  ///   - allowNonLoopback: Whether other machines may reach it.
  ///   - board: What is served.
  /// - Throws: Why it cannot listen there; nothing is left behind.
  public convenience init(
    listeningOn address: ListenAddress = .standard, allowNonLoopback: Bool = false,
    serving board: MetricsBoard
  ) throws(MetricsServerError) {
    try self.init(address, allowNonLoopback, board, Limits())
  }

  init(
    _ address: ListenAddress, _ allowNonLoopback: Bool, _ board: MetricsBoard, _ limits: Limits
  ) throws(MetricsServerError) {
    guard address.isLoopback || allowNonLoopback else { throw .notLoopback(address) }
    let unixSocket: UnixSocket? =
      if case .unix(let path) = address { try UnixSocket(path: path) } else { nil }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = ConnectionRegistry(limit: limits.connections)
    let bootstrap = Self.bootstrap(group, connections, board, limits)
    do {
      if let unixSocket {
        listener = try bootstrap.withBoundSocket(unixSocket.descriptor).wait()
        self.address = address
      } else {
        guard case .tcp(let host, let port) = address else {
          throw ChannelError.unknownLocalAddress
        }
        let target = try SocketAddress(ipAddress: host, port: Int(port))
        listener = try bootstrap.bind(to: target).wait()
        let bound = listener.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? port
        self.address = .tcp(host: host, port: bound)
      }
    } catch {
      unixSocket?.removeName()
      try? group.syncShutdownGracefully()
      let code = (error as? IOError)?.errnoCode ?? EINVAL
      throw MetricsServerError(SystemError(code: code), at: address)
    }
    self.group = group
    self.connections = connections
    self.unixSocket = unixSocket
    self.limits = limits
  }

  /// Stops listening, lets answers under way finish for at most two seconds, and frees everything.
  ///
  /// It blocks meanwhile; a second call does nothing.
  public func stop() {
    let wasStopped = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return isStopped
    }
    guard !wasStopped else { return }
    try? listener.close().wait()
    unixSocket?.removeName()
    let open = connections.open
    let loop = group.next()
    let cut = loop.scheduleTask(in: limits.shutdownTime) {
      for channel in open { channel.close(promise: nil) }
    }
    try? EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: loop).wait()
    cut.cancel()
    try? group.syncShutdownGracefully()
  }

  private static func bootstrap(
    _ group: MultiThreadedEventLoopGroup, _ connections: ConnectionRegistry,
    _ board: MetricsBoard, _ limits: Limits
  ) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      // A restart must not wait for connections in TIME_WAIT; a live listener still conflicts.
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        guard connections.admit(channel) else {
          return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return channel.eventLoop.makeCompletedFuture {
          var decoding = NIOHTTPDecoderLimitConfiguration()
          decoding.maxHeaderFieldSize = limits.requestBytes
          decoding.maxHeaderListSize = limits.requestBytes
          decoding.maxHeaderFieldCount = 64
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(RequestSizeLimit(bytes: limits.requestBytes))
          try pipeline.addHandler(HTTPResponseEncoder())
          try pipeline.addHandler(
            ByteToMessageHandler(
              HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: decoding)))
          try pipeline.addHandler(RequestHandler(board: board, limits: limits))
        }
      }
  }
}
