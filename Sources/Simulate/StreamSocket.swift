// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// Sockets by endpoint, as far as a simulation needs them.
@safe struct StreamSocket: ~Copyable {
  let descriptor: Int32

  init(family: Int32) throws(SimulationError) {
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .last("open a socket") }
  }

  /// Takes over an accepted connection.
  init(accepted descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Listens on an endpoint of this machine; port 0 lets the kernel choose.
  static func listening(on endpoint: Endpoint) throws(SimulationError) -> StreamSocket {
    let socket = try StreamSocket(family: endpoint.address.isIPv4 ? AF_INET : AF_INET6)
    var yes: Int32 = 1
    _ = unsafe setsockopt(
      socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let status = unsafe endpoint.withSocketAddress { unsafe bind(socket.descriptor, $0, $1) }
    guard status == 0, listen(socket.descriptor, 16) == 0 else {
      throw .last("listen on \(endpoint)")
    }
    return socket
  }

  static func connected(to endpoint: Endpoint) throws(SimulationError) -> StreamSocket {
    let socket = try StreamSocket(family: endpoint.address.isIPv4 ? AF_INET : AF_INET6)
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      _ = unsafe setsockopt(
        socket.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    let status = unsafe endpoint.withSocketAddress { unsafe connect(socket.descriptor, $0, $1) }
    guard status == 0 else { throw .last("connect to \(endpoint)") }
    return socket
  }

  /// The local port, 0 where it cannot be read.
  var localPort: UInt16 {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // SAFETY: sockaddr_storage holds every family's address; both put the port at offset 2.
    return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      guard
        let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        unsafe getsockname(descriptor, address, &size) == 0
      else { return 0 }
      return UInt16(bigEndian: unsafe bytes.load(fromByteOffset: 2, as: UInt16.self))
    }
  }

  /// Sends `count` bytes, or says how many went.
  func send(_ count: Int) -> Int {
    let payload = [UInt8](repeating: 0x68, count: count)
    var sent = 0
    while sent < count {
      let step = unsafe payload[sent...].withUnsafeBytes { bytes in
        unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard step > 0 else { break }
      sent += step
    }
    return sent
  }

  /// Receives once, up to 4 KiB; 0 or less when there is nothing more.
  func receive() -> Int {
    var buffer = [UInt8](repeating: 0, count: 4096)
    return unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
    }
  }
}

extension Endpoint {
  /// Lends the endpoint as the socket calls take it.
  func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    if address.isIPv4 {
      var four = sockaddr_in()
      four.sin_family = sa_family_t(AF_INET)
      four.sin_port = port.bigEndian
      four.sin_addr.s_addr = address.ipv4.bigEndian
      // SAFETY: sockaddr_in is the IPv4 form of sockaddr, and its size goes with it.
      return unsafe withUnsafePointer(to: &four) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_port = port.bigEndian
    six.sin6_scope_id = address.scopeID
    // SAFETY: in6_addr is 16 bytes in network order.
    unsafe withUnsafeMutableBytes(of: &six.sin6_addr) { bytes in
      unsafe bytes.storeBytes(of: address.high.bigEndian, toByteOffset: 0, as: UInt64.self)
      unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    // SAFETY: sockaddr_in6 is the IPv6 form of sockaddr, and its size goes with it.
    return unsafe withUnsafePointer(to: &six) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }
}
