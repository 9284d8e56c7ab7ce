// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Export
@testable import metrics_fixture

@Suite("The metrics server")
struct ServerTests {
  let board = MetricsBoard()

  /// Runs `body` with a server on a port that the kernel chose.
  private func withServer(
    _ address: ListenAddress = .tcp(host: "127.0.0.1", port: 0),
    _ body: (ListenAddress) throws -> Void
  ) throws {
    let server = try MetricsServer(listeningOn: address, serving: board)
    defer { server.stop() }
    try body(server.address)
  }

  @Test("Metrics are the board's newest snapshot, with the type of text 0.0.4")
  func metrics() throws {
    try withServer { address throws in
      #expect(try RawClient.request(address, "GET /metrics").status == 503)
      board.publish(.golden)
      let answer = try RawClient.request(address, "GET /metrics?a=b")
      #expect(answer.status == 200)
      #expect(answer.error == nil)
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(answer.headers["content-length"] == String(answer.body.utf8.count))
      #expect(answer.headers["connection"] == "close")
      #expect(try answer.body == SourceTree.text("Tests/ExportTests/golden.prom"))
    }
  }

  @Test("OpenMetrics is served to who accepts it")
  func openMetrics() throws {
    board.publish(.golden)
    try withServer { address throws in
      let answer = try RawClient.request(
        address, "GET /metrics", headers: ["Accept: " + AcceptTests.prometheus2])
      #expect(
        answer.headers["content-type"]
          == "application/openmetrics-text; version=1.0.0; charset=utf-8")
      #expect(answer.headers["vary"] == "Accept")
      #expect(answer.body.hasSuffix("\n# EOF\n"))
    }
  }

  @Test("HEAD has the headers of GET and no body")
  func head() throws {
    board.publish(.golden)
    try withServer { address throws in
      for path in ["/metrics", "/healthz", "/"] {
        let get = try RawClient.request(address, "GET " + path)
        let head = try RawClient.request(address, "HEAD " + path)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.headers == get.headers)
      }
    }
  }

  @Test("Ready only while everything is attached")
  func ready() throws {
    try withServer { address throws in
      #expect(try RawClient.request(address, "GET /readyz").status == 503)
      board.setAttached(true)
      #expect(try RawClient.request(address, "GET /readyz").body == "ok\n")
      board.setAttached(false)
      #expect(try RawClient.request(address, "GET /readyz").status == 503)
    }
  }

  @Test("Healthy until the last beat is more than 30 seconds old")
  func health() throws {
    let now = SuspendingClock.Instant.now
    board.beat(at: now)
    #expect(board.health(at: now.advanced(by: .seconds(30))) == .ok)
    #expect(board.health(at: now.advanced(by: .seconds(31))) == .stale(.seconds(31)))
    try withServer { address throws in
      #expect(try RawClient.request(address, "GET /healthz").body == "ok\n")
      board.beat(at: .now.advanced(by: .seconds(-31)))
      let answer = try RawClient.request(address, "GET /healthz")
      #expect(answer.status == 503)
      #expect(answer.body.contains(/\b3[1-9] s ago/))
      board.beat()
      #expect(try RawClient.request(address, "GET /healthz").status == 200)
    }
  }

  @Test("The index links to the other pages")
  func index() throws {
    try withServer { address throws in
      let answer = try RawClient.request(address, "GET /")
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      for path in ["/metrics", "/healthz", "/readyz"] {
        #expect(answer.body.contains("<a href=\"\(path)\">"))
      }
    }
  }

  @Test("Unknown paths are 404, other methods 405 with Allow, other protocols 400")
  func refusals() throws {
    try withServer { address throws in
      for path in ["/metrics/", "/Metrics", "/../etc/passwd", "/%6detrics"] {
        #expect(try RawClient.request(address, "GET " + path).status == 404)
      }
      for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let answer = try RawClient.request(address, method + " /metrics")
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "GET, HEAD")
      }
      let client = try RawClient(address)
      try client.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
      #expect(client.answer().status == 400)
    }
  }

  @Test("One request a connection: what is pipelined behind it is not answered")
  func pipelining() throws {
    board.publish(.golden)
    try withServer { address throws in
      let client = try RawClient(address)
      try client.send(String(repeating: "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n", count: 5))
      #expect(client.answer().body == "ok\n")
    }
  }

  @Test("A client that closes its side after the request still gets the answer")
  func halfClose() throws {
    try withServer { address throws in
      let client = try RawClient(address)
      try client.send("GET /healthz HTTP/1.0\r\n\r\n")
      client.endSending()
      #expect(client.answer().body == "ok\n")
    }
  }

  @Test("Many scrapes at once all get a whole snapshot")
  func concurrent() async throws {
    board.publish(.golden)
    let server = try MetricsServer(
      listeningOn: .tcp(host: "127.0.0.1", port: 0), serving: board)
    defer { server.stop() }
    let address = server.address
    let expected = try SourceTree.text("Tests/ExportTests/golden.prom")
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<40 {
        group.addTask {
          for _ in 0..<5 where try RawClient.request(address, "GET /metrics").body != expected {
            return false
          }
          return true
        }
      }
      for try await isWhole in group { #expect(isWhole) }
    }
  }

  @Test("IPv6 loopback is served too")
  func ipv6() throws {
    try withServer(.tcp(host: "::1", port: 0)) { address throws in
      #expect(try RawClient.request(address, "GET /healthz").status == 200)
    }
  }

  @Test("It stops at once when nothing is under way, and the port is free again")
  func stop() throws {
    let server = try MetricsServer(
      listeningOn: .tcp(host: "127.0.0.1", port: 0), serving: board)
    #expect(try RawClient.request(server.address, "GET /healthz").status == 200)
    server.stop()
    server.stop()
    #expect(throws: SystemError(code: ECONNREFUSED)) { try RawClient(server.address) }
    let again = try MetricsServer(listeningOn: server.address, serving: board)
    again.stop()
  }
}
