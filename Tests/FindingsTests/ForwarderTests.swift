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
    isTaken: Bool = true, by client: ImageKey = ForwarderTests.client,
    _ passer: ImageKey = ForwarderTests.passer, to inner: Endpoint = ForwarderTests.inner,
    netns: UInt64 = 4_026_531_840
  ) {
    let socket = script.connect(client, at: time, to: inner, netns: netns)
    script.connected(socket, at: time + 0.001)
    let taken = script.newSocket()
    if isTaken {
      script.add(
        .accept(
          AcceptEvent(
            time: EventScript.instant(time + 0.002), socket: taken,
            networkNamespace: netns, local: inner,
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
      let out = script.connect(passer, at: time + 0.004, to: onward, netns: netns)
      script.connected(out, at: time + 0.02)
      script.burst(out, passer, first: time + 0.03, sent: 517, received: 900)
      script.finish(out, at: time + 0.2, written: 517, read: 900)
    }
    script.burst(socket, client, first: time + 0.01, sent: 900, received: 517)
    script.finish(socket, at: time + 0.25, written: 900, read: 517)
    if isTaken {
      script.burst(taken, passer, first: time + 0.011, sent: 517, received: 900)
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

  @Test("One that passed nothing on for a day is none any more, and not sooner")
  func stopped() throws {
    func findings(after seconds: Double) -> Int {
      var script = story(visits: 2, onward: Self.outer)
      for index in 0..<40 { visit(&script, at: 160 + seconds + 60 * Double(index), nil, nil) }
      return told(script).count
    }
    // The first visit after that is the one that shows it.
    #expect(findings(after: 86_500) == 0)
    #expect(findings(after: 80_000) == 1)
  }

  @Test("Who once held a connection to the outside while it was asked is no forwarder for that")
  func coincidence() {
    var script = story(visits: 1, onward: nil)
    // An update check that begins before a visit and outlives it.
    let update = script.connect(Self.passer, at: 155, to: Self.outer)
    script.connected(update, at: 155.02)
    script.burst(update, Self.passer, first: 156, sent: 517, received: 900)
    visit(&script, at: 160, nil, nil)
    script.finish(update, at: 162, written: 517, read: 900)
    for index in 2..<60 { visit(&script, at: 100 + 60 * Double(index), nil, nil) }
    #expect(told(script).isEmpty)
  }

  @Test("What asks the forwarder itself hides nobody whose connections it passes on")
  func deadEnds() throws {
    var script = EventScript()
    let monitor = EventScript.image(600)
    script.start(Self.passer, "/usr/bin/socat")
    script.start(monitor, "/usr/bin/monit")
    script.start(Self.client, "/tmp/kupdater")
    for index in 0..<30 {
      let time = 100 + 60 * Double(index)
      visit(&script, at: time, Self.outer, nil)
      for probe in 0..<5 {
        visit(&script, at: time + 5 + 9 * Double(probe), nil, nil, by: monitor)
      }
    }
    let finding = try #require(told(script).first)
    #expect(finding.severity == .high && finding.destination.label == "via 127.0.0.1:3128")
  }

  @Test("Whichever of 127/8 is used, the forwarder on that port is one")
  func rotation() throws {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/socat")
    script.start(Self.client, "/tmp/kupdater")
    for index in 0..<30 {
      visit(
        &script, at: 100 + 60 * Double(index), Self.outer, nil,
        to: EventScript.endpoint("127.\(index).\(index).7:3128"))
    }
    let run = PipelineRun(script)
    let findings = told(script)
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect("\(finding.destination.key)" == "via 127.0.0.1:3128")
    #expect(finding.destination.forwarder?.label == "socat[500]")
    #expect(run.pipeline.flows.tables.first { $0.name == "forwarders" }?.count == 1)
  }

  @Test("A connection that was open before its forwarder was known is judged from then on")
  func longConnection() throws {
    var script = EventScript()
    script.start(Self.passer, "/usr/bin/ssh")
    script.start(Self.client, "/tmp/kupdater")
    let out = script.connect(Self.passer, at: 50, to: Self.outer)
    script.connected(out, at: 50.1)
    let socket = script.connect(Self.client, at: 100, to: Self.inner)
    script.connected(socket, at: 100.1)
    let taken = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(100.2), socket: taken, networkNamespace: 4_026_531_840,
          local: Self.inner, remote: EventScript.endpoint("127.0.0.1:41000"))))
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
    let socket = script.connect(Self.client, at: 100, to: Self.inner)
    script.connected(socket, at: 100.1)
    script.say([22, 3, 1, 2, 0], .sent, on: socket, at: 100.2)
    let taken = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(100.2), socket: taken, networkNamespace: 4_026_531_840,
          local: Self.inner, remote: EventScript.endpoint("127.0.0.1:41000"))))
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
