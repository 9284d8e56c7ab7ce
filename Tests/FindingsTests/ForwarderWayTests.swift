// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

@Suite("Through a local forwarder, by connections that stay, many ports, chains and names")
struct ForwarderWayTests: ForwarderStory {
  @Test("A connection that was open before its forwarder was known is judged from then on")
  func longConnection() throws {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/ssh")
    script.start(Self.client, "/tmp/kupdater")
    let out = script.connect(Self.passer, at: 50, to: Self.outer)
    script.connected(out, at: 50.1)
    let (socket, taken) = open(&script)
    for index in 1...30 {
      let time = 100 + 60 * Double(index)
      let sent = 300 * UInt64(index)
      script.burst(socket, Self.client, first: time, sent: sent, sends: UInt64(index))
      script.burst(taken, Self.passer, first: time + 0.1, sent: 0, received: sent, sends: 0)
    }
    let findings = told(script)
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect(finding.analytic == .beacon && finding.severity == .high)
    #expect("\(finding.destination.key)" == "via 127.0.0.1:3128")
  }

  @Test("An upload over one connection to a forwarder went outside, whenever that was known")
  func longUpload() throws {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/ssh")
    script.start(Self.client, "/tmp/kupdater")
    let (socket, taken) = open(&script, saying: [22, 3, 1, 2, 0])
    script.burst(taken, Self.passer, first: 100.3, sent: 0, received: 100, sends: 0)
    // Later than the connection's first use, as after a slow resolver.
    let out = script.connect(Self.passer, at: 105, to: Self.outer)
    script.connected(out, at: 105.1)
    for index in 1...10 {
      let time = 100.4 + 60 * Double(index)
      script.burst(
        socket, Self.client, first: 100.4, last: time, sent: 500_000 * UInt64(index), sends: 1)
      for second in 0..<60 { script.tick(at: time + Double(second)) }
    }
    let findings = told(script).filter { $0.analytic == .tlsEgress }
    #expect(findings.map { "\($0.destination.key)" } == ["via 127.0.0.1:3128"])
  }

  @Test("Whoever listens on many ports pushes out none but its own")
  func spray() throws {
    var script = EventScript()
    let sprayer = EventScript.image(800)
    script.start(sprayer, "/tmp/sprayer")
    script.start(Self.passer, "/usr/bin/socat")
    script.start(Self.client, "/tmp/kupdater")
    script.connected(script.connect(sprayer, at: 10, to: Self.outer), at: 10.1)
    var port = 10_000
    func spray(_ count: Int, at time: Double) {
      for _ in 0..<count {
        let taken = script.newSocket()
        script.add(
          .accept(
            AcceptEvent(
              time: EventScript.instant(time), socket: taken, networkNamespace: 4_026_531_840,
              local: EventScript.endpoint("127.0.0.1:\(port)"),
              remote: EventScript.endpoint("127.0.0.1:41000"))))
        script.burst(taken, sprayer, first: time, sent: 1)
        port += 1
      }
    }
    spray(1_100, at: 20)
    for index in 0..<30 {
      visit(&script, at: 100 + 60 * Double(index), Self.outer, nil)
      spray(2, at: 110 + 60 * Double(index))
    }
    #expect(try #require(told(script).first).destination.label == "via 127.0.0.1:3128")
  }

  @Test("A chain of forwarders on this host leads outside, and not for ever")
  func chained() throws {
    let second = EventScript.image(510)
    let next = EventScript.endpoint("127.0.0.1:8118")
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/socat")
    script.start(second, "/usr/sbin/privoxy")
    script.start(Self.client, "/tmp/kupdater")
    for index in 0..<30 {
      let time = 100 + 60 * Double(index)
      visit(&script, at: time - 10, Self.outer, nil, by: Self.passer, second, to: next)
      visit(&script, at: time, next, nil)
    }
    let finding = try #require(told(script).first)
    #expect("\(finding.destination.key)" == "via 127.0.0.1:3128")
    #expect(finding.destination.forwarder?.remote == next)
    // Once more nothing of it leaves the host, though both go on to pass on to each other.
    for index in 0..<400 {
      let time = 10_000 + 600 * Double(index)
      visit(&script, at: time, next, nil, by: second)
      visit(&script, at: time + 5, Self.inner, nil, by: Self.passer, second, to: next)
    }
    #expect(PipelineRun(script).pipeline.flows.tables.first { $0.name == "forwarders" }?.count == 0)
  }

  @Test("Of several containers' forwarders at one address the visitor's own is shown")
  func namespaces() throws {
    var script = EventScript()
    let other = EventScript.image(700)
    let otherClient = EventScript.image(710)
    script.start(Self.passer, "/usr/bin/socat")
    script.start(other, "/usr/bin/envoy")
    script.start(Self.client, "/tmp/kupdater")
    script.start(otherClient, "/usr/bin/app")
    for index in 0..<30 {
      let time = 100 + 60 * Double(index)
      visit(
        &script, at: time - 20, EventScript.endpoint("198.51.100.7:443"), nil, by: otherClient,
        other, netns: 1)
      visit(&script, at: time, Self.outer, nil, netns: 2)
    }
    var pipeline = DetectionPipeline(header: PipelineRun.header, settings: PipelineSettings())
    var shown: Set<String?> = []
    for event in script.events {
      pipeline.apply(event)
      for change in pipeline.takeChanges() where change.process.path == "/tmp/kupdater" {
        shown.insert(change.destination.forwarder?.label)
      }
    }
    #expect(shown == ["socat[500]"])
    // When the visit is long over nobody can say which of the two it was.
    for second in 0..<400 { pipeline.apply(.tick(EventScript.instant(3_000 + Double(second)))) }
    let finding = try #require(
      pipeline.findings().first { $0.process.path == "/tmp/kupdater" && $0.analytic == .beacon })
    #expect(finding.destination.forwarder == nil)
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
