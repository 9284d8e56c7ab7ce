// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import Testing

@testable import Export
@testable import metrics_fixture

@Suite("Clients that do not behave")
struct HardeningTests {
  let board = MetricsBoard()

  private func withServer(
    _ change: (inout MetricsServer.Limits) -> Void = { _ in },
    _ body: (ListenAddress) throws -> Void
  ) throws {
    var limits = MetricsServer.Limits()
    change(&limits)
    let server = try MetricsServer(.tcp(host: "127.0.0.1", port: 0), false, board, limits)
    defer { server.stop() }
    try body(server.address)
  }

  @Test("The limits are the documented ones")
  func documented() {
    let limits = MetricsServer.Limits()
    #expect(limits.connections == 64)
    #expect(limits.connectionTime == .seconds(10))
    #expect(limits.requestBytes == 16 * 1024)
  }

  @Test("A request that trickles in is cut off, however regularly its bytes come")
  func slowLoris() throws {
    try withServer({ $0.connectionTime = .milliseconds(300) }) { address throws in
      let client = try RawClient(address)
      let start = ContinuousClock.now
      try client.send("GET /metrics HTTP/1.1\r\nX: ")
      var isCut = false
      for _ in 0..<250 where !isCut {
        usleep(20_000)
        do { try client.send("y") } catch { isCut = true }
      }
      let elapsed = start.duration(to: .now)
      #expect(isCut)
      #expect(elapsed >= .milliseconds(280) && elapsed < .seconds(4))
      #expect(try RawClient.request(address, "GET /healthz").status == 200)
    }
  }

  @Test("A connection that says nothing is closed")
  func idle() throws {
    try withServer({ $0.connectionTime = .milliseconds(200) }) { address throws in
      let answer = try RawClient(address).answer()
      #expect(answer.status == nil)
      #expect(answer.error == nil)  // closed by the server, not given up by the client
    }
  }

  @Test("An answered connection that the client keeps open is closed")
  func keptOpen() throws {
    try withServer({ $0.lingerTime = .milliseconds(200) }) { address throws in
      let client = try RawClient(address)
      try client.send("GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\n\r\n")
      #expect(client.answer().body == "ok\n")
      usleep(500_000)
      // The server's side is gone: a send is answered by a reset, and the next one fails. On a busy
      // machine it may go later than it means to.
      #expect(throws: SystemError.self) {
        for _ in 0..<100 {
          try client.send("GET /healthz HTTP/1.1\r\n\r\n")
          usleep(50_000)
        }
      }
    }
  }

  @Test(
    "A request above 16 KiB is refused with 431, wherever the bytes are",
    arguments: [
      ("GET /", "a", 17_000, " HTTP/1.1\r\n"), ("GET / HTTP/1.1\r\nX: ", "a", 17_000, ""),
      ("GET / HTTP/1.1\r\n", "X: y\r\n", 3_000, ""),
    ])
  func tooLarge(start: String, repeated: String, count: Int, end: String) throws {
    let request = start + String(repeating: repeated, count: count) + end
    try withServer { address throws in
      let client = try RawClient(address)
      try client.send(request)
      #expect(client.answer().status == 431)
    }
  }

  @Test("A 65th connection is closed at once, and the others are served")
  func connectionLimit() throws {
    try withServer { address throws in
      var clients: [RawClient] = []
      for _ in 0..<64 { clients.append(try RawClient(address)) }
      // The kernel completes handshakes before the server accepts; the last answer shows that it has.
      let surplus = try RawClient(address).answer()
      #expect(surplus.status == nil)
      #expect(surplus.error?.code != EAGAIN)  // the client did not have to give up
      for client in clients {
        try client.send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(client.answer().status == 200)
      }
      clients.removeAll()
      usleep(100_000)
      #expect(try RawClient.request(address, "GET /healthz").status == 200)
    }
  }

  @Test("Stopping cuts off who does not finish")
  func stopping() throws {
    var limits = MetricsServer.Limits()
    limits.shutdownTime = .milliseconds(200)
    let server = try MetricsServer(.tcp(host: "127.0.0.1", port: 0), false, board, limits)
    let client = try RawClient(server.address)
    try client.send("GET /metr")
    usleep(50_000)
    let start = ContinuousClock.now
    server.stop()
    #expect(start.duration(to: .now) < .seconds(2))
    #expect(client.answer().status == nil)
  }

  @Test("Random bytes never take the server down")
  func fuzz() throws {
    board.publish(.golden)
    try withServer({ $0.lingerTime = .milliseconds(50) }) { address throws in
      let fragments = [
        "GET ", "/metrics", " HTTP/1.1", "\r\n", "\0", "é", ":", "Accept", ";q=", ",",
      ]
      for _ in 0..<200 {
        let client = try RawClient(address)
        let pieces = (0..<Int.random(in: 1...40)).map { _ in fragments.randomElement() ?? "" }
        try client.send(pieces.joined())
        client.endSending()
        _ = client.answer()
      }
      #expect(try RawClient.request(address, "GET /metrics").status == 200)
    }
  }
}
