// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Export

/// A socket that sends exactly the bytes it is told to, for what HTTP clients would not do.
final class RawClient {
  private let descriptor: Int32

  /// Reads give up after ten seconds, so that a test fails and does not hang.
  init(_ address: ListenAddress) throws {
    switch address {
    case .unix(let path):
      descriptor = try SystemCalls.unixSocket()
      try SystemCalls.connect(descriptor, path: path)
    case .tcp(let host, let port):
      descriptor = try Self.connected(host, port)
    }
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    // SAFETY: the option's value lives for the call, and its size is right.
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The whole answer to one request.
  static func request(
    _ address: ListenAddress, _ line: String, headers: [String] = []
  ) throws -> Answer {
    let client = try RawClient(address)
    try client.send(
      ([line + " HTTP/1.1", "Host: test"] + headers + ["", ""]).joined(separator: "\r\n"))
    return client.answer()
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    // SAFETY: the buffer lives for the call. MSG_NOSIGNAL, because the server may have closed.
    guard unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0
    else {
      throw SystemError.last
    }
  }

  func endSending() {
    _ = shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Everything until the server closes.
  func answer() -> Answer {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      // SAFETY: at most the buffer's size is written.
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return Answer(bytes, endedBy: count == 0 ? nil : .last) }
      bytes += buffer[..<count]
    }
  }

  private static func connected(_ host: String, _ port: UInt16) throws -> Int32 {
    let isIPv6 = host.contains(":")
    let family = isIPv6 ? AF_INET6 : AF_INET
    let type = Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { throw SystemError.last }
    var result: Int32
    if isIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(family)
      address.sin6_port = port.bigEndian
      // SAFETY: inet_pton fills the field; the address lives for the call and its size is right.
      _ = unsafe inet_pton(family, host, &address.sin6_addr)
      result = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(family)
      address.sin_port = port.bigEndian
      // SAFETY: as above.
      _ = unsafe inet_pton(family, host, &address.sin_addr)
      result = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    guard result == 0 else {
      defer { close(descriptor) }
      throw SystemError.last
    }
    return descriptor
  }
}

/// An HTTP answer taken apart without the server's own code.
struct Answer {
  let status: Int?
  /// Lower-case names.
  let headers: [String: String]
  let body: String
  /// nil when the server closed in order.
  let error: SystemError?

  init(_ bytes: [UInt8], endedBy error: SystemError?) {
    self.error = error
    let text = String(decoding: bytes, as: UTF8.self)
    let end = text.firstRange(of: "\r\n\r\n")
    let lines = text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\r\n")
    status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
    }
    self.headers = headers
    body = end.map { String(text[$0.upperBound...]) } ?? ""
  }
}
