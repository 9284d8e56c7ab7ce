// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Export

@Suite("Listening")
struct ListeningTests {
  let board = MetricsBoard()

  @Test("A taken port is an error that names it and says what to do")
  func portTaken() throws {
    let first = try MetricsServer(listeningOn: .tcp(host: "127.0.0.1", port: 0), serving: board)
    defer { first.stop() }
    let error = #expect(throws: MetricsServerError.addressInUse(first.address)) {
      try MetricsServer(listeningOn: first.address, serving: board)
    }
    guard case .tcp(_, let port) = first.address else { return }
    #expect(port != 0)
    #expect(error?.description.hasPrefix("127.0.0.1:\(port) is already in use. ") == true)
    #expect(error?.fix.contains("ss -ltnp 'sport = :\(port)'") == true)
  }

  @Test("An address that others can reach is refused unless it is allowed")
  func nonLoopback() throws {
    let address = ListenAddress.tcp(host: "0.0.0.0", port: 0)
    #expect(throws: MetricsServerError.notLoopback(address)) {
      try MetricsServer(listeningOn: address, serving: board)
    }
    let server = try MetricsServer(
      listeningOn: address, allowNonLoopback: true, serving: board)
    defer { server.stop() }
    guard case .tcp(_, let port) = server.address else { return }
    let local = ListenAddress.tcp(host: "127.0.0.1", port: port)
    #expect(try RawClient.request(local, "GET /healthz").status == 200)
  }

  // 192.0.2.0/24 is for documentation (RFC 5737), so no interface has it.
  @Test("An address of no interface is an error of its own")
  func notHere() {
    let address = ListenAddress.tcp(host: "192.0.2.1", port: 0)
    #expect(throws: MetricsServerError.addressNotAvailable(address)) {
      try MetricsServer(listeningOn: address, allowNonLoopback: true, serving: board)
    }
  }

  @Test("A Unix socket has mode 0660 and its name goes with the server")
  func unixSocket() throws {
    let directory = try TemporaryDirectory()
    let address = ListenAddress.unix(path: directory.path + "/socket")
    let server = try MetricsServer(listeningOn: address, serving: board)
    #expect(try directory.mode(of: "socket") == 0o660)
    #expect(try RawClient.request(address, "GET /healthz").body == "ok\n")
    server.stop()
    #expect(try SystemCalls.entryCount(of: directory.path) == 0)
  }

  @Test("A socket that nobody answers on is replaced; one that is answered on is left alone")
  func staleSocket() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/socket"
    let left = try SystemCalls.unixSocket()
    try SystemCalls.bind(left, path: path)
    close(left)
    let server = try MetricsServer(listeningOn: .unix(path: path), serving: board)
    #expect(throws: MetricsServerError.addressInUse(.unix(path: path))) {
      try MetricsServer(listeningOn: .unix(path: path), serving: board)
    }
    #expect(try RawClient.request(.unix(path: path), "GET /healthz").body == "ok\n")
    server.stop()
  }

  @Test("A file that is no socket is left alone")
  func notASocket() throws {
    let directory = try TemporaryDirectory()
    try directory.makeFile("socket")
    let path = directory.path + "/socket"
    #expect(throws: MetricsServerError.notASocket(path: path)) {
      try MetricsServer(listeningOn: .unix(path: path), serving: board)
    }
    #expect(try SystemCalls.identity(of: path).isSocket == false)
  }

  @Test("A socket in a directory that does not exist says so")
  func noDirectory() {
    let address = ListenAddress.unix(path: "/nowhere/at/all/socket")
    #expect(throws: MetricsServerError.failed(address, SystemError(code: ENOENT))) {
      try MetricsServer(listeningOn: address, serving: board)
    }
  }
}
