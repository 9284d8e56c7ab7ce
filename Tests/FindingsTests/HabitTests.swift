// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

/// Raises that need to know what the host did before: R3, R6 and R7.
@Suite("What a host never did before")
struct HabitTests {
  private let day = EventScript.day
  private let visitor = EventScript.image(300, start: 820_000)

  private func finding(_ script: EventScript) throws -> Finding {
    try #require(PipelineRun(script.inOrder).findings.first { $0.process.pid == 300 })
  }

  // MARK: R3

  /// Somebody from outside is served; told at the server's first act on the socket.
  private func serve(_ script: inout EventScript, _ server: ImageKey, at seconds: Double) {
    let socket = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(seconds), socket: socket, networkNamespace: 4_026_531_840,
          local: EventScript.endpoint("192.0.2.10:80"),
          remote: EventScript.endpoint("198.51.100.44:52000"), image: server)))
    script.burst(socket, server, first: seconds + 0.01, sent: 900, received: 300)
    script.finish(socket, at: seconds + 0.1, written: 900, read: 300)
  }

  /// A server, a shell under it and a root-owned program under that, which beacons on day 9.5.
  private func webShell(
    facingDays: ClosedRange<Int> = 7...8, loginUID: UInt32? = nil, knownFrom: Int? = nil
  ) -> EventScript {
    var script = EventScript.host(knownFor: 10)
    let server = EventScript.image(80, start: 5)
    script.start(server, "/usr/sbin/nginx")
    for index in facingDays { serve(&script, server, at: (Double(index) + 0.2) * day) }
    for start in [knownFrom.map { Double($0) * day + 500 }, 9.49 * day].compactMap(\.self) {
      let shell = EventScript.image(start > 9 * day ? 290 : 280, start: start)
      script.start(shell, "/bin/sh", arguments: ["sh", "/usr/share/x.sh"], parent: server) {
        $0.loginUID = loginUID
      }
      let child = start > 9 * day ? visitor : EventScript.image(281, start: start + 1)
      script.start(child, "/usr/local/bin/kupd", parent: shell) { $0.loginUID = loginUID }
    }
    script.beat(visitor, from: 9.5 * day)
    return script
  }

  @Test("A finding says that its process is reached by others as well")
  func listening() throws {
    var script = EventScript.host(knownFor: 10)
    script.start(visitor, "/usr/local/bin/proxy")
    serve(&script, visitor, at: 9.5 * day - 60)
    script.beat(visitor, from: 9.5 * day)
    #expect(try finding(script).json.contains(#""listening":true"#))
  }

  @Test("A new program below a network-facing one is what a web shell is, R3")
  func newEdge() throws {
    let finding = try finding(webShell())
    #expect(finding.outcome("R3_new_edge") == .met)
    #expect(finding.test("R3_new_edge")?.value == .word("/usr/sbin/nginx -> /bin/sh"))
    // Root's own code with three raises, one of them R3.
    #expect(finding.factors == ["R1", "R2", "R3"])
    #expect(finding.severity == .high)
  }

  @Test("Not so what started before, what serves on one day only, and what somebody logged in for")
  func knownEdge() throws {
    for story in [
      webShell(knownFrom: 0), webShell(facingDays: 7...7), webShell(loginUID: 1_000),
    ] {
      let finding = try finding(story)
      #expect(finding.outcome("R3_new_edge") == .notMet)
      #expect(finding.factors == ["R1", "R2"])
      #expect(finding.severity == .medium)
    }
  }

  @Test("A declared service is network-facing from its first day, and lowers nothing below it")
  func declared() throws {
    let script = webShell(facingDays: 8...8).inOrder
    var settings = PipelineSettings()
    settings.inventory = Inventory(
      services: [
        Inventory.Service(name: "web", path: "/usr/sbin/nginx", isNetworkFacing: true),
        Inventory.Service(
          name: "tool", path: "/usr/local/bin/kupd", destinations: ["203.0.113.9"]),
      ])
    let run = PipelineRun(script, settings: settings)
    let finding = try #require(run.findings.first { $0.process.pid == 300 })
    #expect(finding.outcome("R3_new_edge") == .met)
    #expect(finding.outcome("L4_inventory") == .notMet)
  }

  // MARK: R6

  /// A program that speaks HTTP once a day for 20 days, then `last` by the clock.
  private func speaker(_ last: String, days: Int = 20) -> EventScript {
    var script = EventScript.host(knownFor: 21)
    let program = EventScript.image(300, start: 5)
    script.start(program, "/usr/local/bin/daemon")
    func visit(_ text: String, at time: Double, to remote: Endpoint) {
      let socket = script.connect(program, at: time, to: remote)
      script.connected(socket, at: time + 0.02)
      script.says(Array(text.utf8), on: socket, at: time + 0.021)
      script.burst(
        socket, program, first: time + 0.021, last: time + 0.04, sent: 517, received: 4_096)
      script.close(socket, at: time + 0.06, to: remote)
      script.finish(socket, at: time + 0.061, written: 517, read: 4_096)
    }
    let usual = EventScript.endpoint("192.0.2.80:8080")
    for index in 0..<days {
      visit("GET / HTTP/1.1\r\nHost: 192.0.2.80\r\n\r\n", at: Double(index) * day + 100, to: usual)
    }
    for index in 0..<12 {
      visit(last, at: 20.2 * day + 60 * Double(index), to: EventScript.remote)
    }
    return script
  }

  @Test("A familiar program that speaks what it never spoke raises, R6")
  func newProtocol() throws {
    let finding = try finding(speaker("SSH-2.0-go\r\n"))
    #expect(finding.test("R6_new_protocol")?.value == .word("ssh"))
    #expect(finding.factors == ["R1", "R6"])
    #expect(finding.severity == .medium)
  }

  @Test("Its usual protocol does not, nor does one that is new altogether")
  func usualProtocol() throws {
    let usual = try finding(speaker("GET /x HTTP/1.1\r\nHost: 203.0.113.9\r\n\r\n"))
    #expect(usual.outcome("R6_new_protocol") == .notMet)
    let young = try finding(speaker("SSH-2.0-go\r\n", days: 0))
    #expect(young.outcome("R6_new_protocol") == .insufficientData)
  }

  // MARK: R7

  private func named(_ head: [UInt8], resolved: String?) -> EventScript {
    var script = EventScript.host(knownFor: 10)
    script.start(visitor, "/usr/local/bin/agent")
    for (name, address) in [("known.example", "192.0.2.99")]
      + (resolved.map { [($0, "203.0.113.9")] } ?? [])
    {
      guard let address = IPAddress(text: address) else { continue }
      script.add(
        .name(
          NameEvent(
            time: EventScript.instant(9.45 * day), networkNamespace: 4_026_531_840,
            name: ByteString(name), address: address, ttlSeconds: 60)))
    }
    for index in 0..<12 {
      let time = 9.5 * day + 60 * Double(index)
      let socket = script.connect(visitor, at: time)
      script.connected(socket, at: time + 0.02)
      script.says(head, on: socket, at: time + 0.021)
      script.burst(
        socket, visitor, first: time + 0.021, last: time + 0.04, sent: 517, received: 4_096)
      script.close(socket, at: time + 0.06)
      script.finish(socket, at: time + 0.061, written: 517, read: 4_096)
    }
    return script
  }

  private let request = Array("GET / HTTP/1.1\r\nHost: c2.example\r\n\r\n".utf8)

  @Test("A name that was never resolved here raises, R7; one that was does not")
  func unresolved() throws {
    let never = try finding(named(request, resolved: nil))
    #expect(never.outcome("R7_unnamed") == .met)
    // Plain HTTP is not what port 443 promises.
    #expect(never.factors == ["R1", "R2", "R7", "R8"])
    let asked = try finding(named(request, resolved: "c2.example"))
    #expect(asked.outcome("R7_unnamed") == .notMet)
  }

  @Test("TLS without a server name raises, R7; a hello that is cut off says nothing")
  func withoutServerName() throws {
    let whole = try finding(named(Self.hello(serverName: nil), resolved: nil))
    #expect(whole.test("R7_unnamed")?.value == .word("TLS without a name"))
    #expect(whole.outcome("R7_unnamed") == .met)
    let cut = try finding(named(Array(Self.hello(serverName: nil).dropLast(4)), resolved: nil))
    #expect(cut.outcome("R7_unnamed") == .insufficientData)
    let named = try finding(named(Self.hello(serverName: "c2.example"), resolved: "c2.example"))
    #expect(named.outcome("R7_unnamed") == .notMet)
  }

  /// A ClientHello of RFC 8446, 4.1.2: one cipher, and a server name (RFC 6066) where one is given.
  private static func hello(serverName: String?) -> [UInt8] {
    func sized(_ bytes: [UInt8]) -> [UInt8] {
      [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }
    var extensions: [UInt8] = [0, 43] + sized([2, 3, 4])
    if let serverName {
      extensions += [0, 0] + sized(sized([0] + sized(Array(serverName.utf8))))
    }
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + sized([0x13, 0x01]) + [1, 0]
      + sized(extensions)
    let message = [1, 0] + sized(body)
    return [22, 3, 1] + sized(message)
  }
}
