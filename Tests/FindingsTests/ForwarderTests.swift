// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

@Suite("Through a local forwarder")
struct ForwarderTests {
  private static let client = EventScript.image(4_121)
  private static let passer = EventScript.image(500)
  private static let inner = EventScript.endpoint("127.0.0.1:3128")
  private static let outer = EventScript.endpoint("203.0.113.9:443")

  /// A client visits a loopback port every 60 s, where `passer` takes each connection.
  ///
  /// `onward` says where the passer opens a connection for each; `head` is what the client says.
  private func story(
    visits: Int = 30, onward: Endpoint?, client path: String = "/tmp/kupdater",
    head: String? = nil, isTaken: Bool = true
  ) -> EventScript {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/socat")
    script.start(Self.client, path)
    for index in 0..<visits {
      visit(&script, at: 100 + 60 * Double(index), onward, head, isTaken: isTaken)
    }
    return script
  }

  private func visit(
    _ script: inout EventScript, at time: Double, _ onward: Endpoint?, _ head: String?,
    isTaken: Bool
  ) {
    let socket = script.connect(Self.client, at: time, to: Self.inner)
    script.connected(socket, at: time + 0.001)
    let taken = script.newSocket()
    if isTaken {
      script.add(
        .accept(
          AcceptEvent(
            time: EventScript.instant(time + 0.002), socket: taken,
            networkNamespace: 4_026_531_840, local: Self.inner,
            remote: EventScript.endpoint("127.0.0.1:41000"))))
    }
    if let head {
      script.add(
        .head(
          HeadEvent(
            time: EventScript.instant(time + 0.003), socket: socket, direction: .sent, offset: 0,
            data: Array(head.utf8))))
    }
    if let onward {
      let out = script.connect(Self.passer, at: time + 0.004, to: onward)
      script.connected(out, at: time + 0.02)
      script.burst(out, Self.passer, first: time + 0.03, sent: 517, received: 900)
      script.finish(out, at: time + 0.2, written: 517, read: 900)
    }
    script.burst(socket, Self.client, first: time + 0.01, sent: 900, received: 517)
    script.finish(socket, at: time + 0.25, written: 900, read: 517)
    if isTaken {
      script.burst(taken, Self.passer, first: time + 0.011, sent: 517, received: 900)
      script.finish(taken, at: time + 0.26, written: 517, read: 900)
    }
  }

  private func told(_ script: EventScript) -> [Finding] {
    PipelineRun(script).findings.filter { $0.process.path == "/tmp/kupdater" }
  }

  @Test("A beacon through a forwarder is one to the outside, and the chain is shown")
  func chain() throws {
    let findings = told(story(onward: Self.outer))
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect(finding.analytic == .beacon)
    #expect(finding.severity == .high)
    #expect(finding.destination.scope == .external)
    #expect(finding.destination.label == "via 127.0.0.1:3128")
    let through = try #require(finding.destination.forwarder)
    #expect(through.label == "socat[500]")
    #expect(through.remote == Self.outer)
    #expect(
      finding.message.hasPrefix(
        "kupdater[4121] contacts 127.0.0.1:3128, which socat[500] forwards to 203.0.113.9:443, "
          + "every "))
    #expect(
      finding.json.contains(
        #""through":{"pid":500,"exe":"/usr/bin/socat","address":"203.0.113.9","port":443}"#))
  }

  @Test("Every visit but the first counts: who listens is known once it took one")
  func visits() throws {
    let finding = try #require(told(story(onward: Self.outer)).first)
    guard case .beacon(let evidence) = finding.evidence else {
      Issue.record("no beacon")
      return
    }
    #expect(evidence.visits == 29)
    #expect(evidence.connections.allSatisfy { $0.remote == Self.inner })
  }

  @Test("A local service that connects nowhere, or only inside, is no forwarder")
  func localService() {
    #expect(told(story(onward: nil)).isEmpty)
    #expect(told(story(onward: EventScript.endpoint("10.0.0.5:5432"))).isEmpty)
  }

  @Test("One that stopped passing on is none any more")
  func stopped() throws {
    var script = story(visits: 3, onward: Self.outer)
    for index in 3..<40 {
      visit(&script, at: 100 + 60 * Double(index), nil, nil, isTaken: true)
    }
    #expect(told(script).isEmpty)
  }

  @Test("What a proxy on this host is asked for is judged by where that is, seen taken or not")
  func localProxy() throws {
    let request = "CONNECT c2.example.net:443 HTTP/1.1\r\nHost: c2.example.net:443\r\n\r\n"
    let outside = told(story(onward: nil, head: request, isTaken: false))
    let finding = try #require(outside.first)
    #expect(outside.count == 1)
    #expect(finding.destination.label == "c2.example.net:443")
    #expect(finding.severity == .high)
    let inside = "CONNECT localhost:8080 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"
    #expect(told(story(onward: nil, head: inside, isTaken: false)).isEmpty)
  }

  @Test("A name that is spoken through a forwarder leads outside with it")
  func named() throws {
    let request = "GET / HTTP/1.1\r\nHost: c2.example.net\r\n\r\n"
    let findings = told(story(onward: Self.outer, head: request))
    #expect(findings.count == 1)
    #expect(try #require(findings.first).destination.name == "c2.example.net")
    // Without a forwarder the same words stay on this host.
    #expect(told(story(onward: nil, head: request)).isEmpty)
  }
}
