// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A TCP connection from this process to itself over 127.0.0.1, with known byte counts.
struct LoopbackConversation {
  /// Primes, so that a count that came back whole came back by no accident of sizes.
  static let requestBytes = 10_007
  static let responseBytes = 5_003
  private static let timeoutSeconds = 2

  let listenerPort: UInt16
  let clientPort: UInt16

  /// Connects, sends both ways, reads everything and closes both ends.
  static func hold() throws(ProbeError) -> LoopbackConversation {
    let listener = try open()
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    try check(
      unsafe withAddress(&address) { unsafe bind(listener, $0, $1) }, "bind on 127.0.0.1")
    try check(listen(listener, 1), "listen on 127.0.0.1")
    let listenerPort = try port(of: listener)
    address.sin_port = listenerPort.bigEndian
    let client = try open()
    defer { close(client) }
    try check(
      unsafe withAddress(&address) { unsafe connect(client, $0, $1) }, "connect to 127.0.0.1")
    let clientPort = try port(of: client)
    let server = accept(listener, nil, nil)
    try check(server, "accept on 127.0.0.1")
    do throws(ProbeError) {
      try limitWaiting(server)
      try send(requestBytes, from: client, to: server)
      try send(responseBytes, from: server, to: client)
    } catch {
      close(server)
      throw error
    }
    // The server ends first and the client sees it, so that both sockets go at once.
    close(server)
    var byte: UInt8 = 0
    _ = unsafe recv(client, &byte, 1, 0)
    return LoopbackConversation(listenerPort: listenerPort, clientPort: clientPort)
  }

  private static func open() throws(ProbeError) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try check(descriptor, "open a socket")
    try limitWaiting(descriptor)
    return descriptor
  }

  private static func limitWaiting(_ descriptor: Int32) throws(ProbeError) {
    var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      try check(
        unsafe setsockopt(
          descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size)),
        "set a socket timeout")
    }
  }

  private static func send(
    _ count: Int, from sender: Int32, to receiver: Int32
  ) throws(ProbeError) {
    let payload = [UInt8](repeating: 0x68, count: count)
    var buffer = [UInt8](repeating: 0, count: count)
    var sent = 0
    var received = 0
    while received < count {
      if sent < count {
        let step = unsafe payload[sent...].withUnsafeBytes { bytes in
          unsafe Glibc.send(sender, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        try check(Int32(clamping: step), "send on 127.0.0.1")
        sent += step
      }
      let step = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe recv(receiver, bytes.baseAddress, bytes.count, 0)
      }
      guard step > 0 else {
        throw .system(operation: "receive on 127.0.0.1", code: step < 0 ? errno : ECONNRESET)
      }
      received += step
    }
  }

  private static func port(of descriptor: Int32) throws(ProbeError) -> UInt16 {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    try check(
      unsafe withAddress(&address) { pointer, _ in unsafe getsockname(descriptor, pointer, &size) },
      "read a socket's address")
    return UInt16(bigEndian: address.sin_port)
  }

  /// Lends the address as the socket calls take it.
  private static func withAddress(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    // SAFETY: sockaddr_in is the IPv4 form of sockaddr, and its size goes with it.
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private static func check(_ result: Int32, _ operation: String) throws(ProbeError) {
    guard result >= 0 else { throw .system(operation: operation, code: errno) }
  }
}
