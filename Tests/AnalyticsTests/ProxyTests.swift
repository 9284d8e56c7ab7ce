// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("Through a proxy, or what says that it is one")
struct ProxyTests {
  private let process = EventScript.image(100)
  private let proxy = EventScript.endpoint("10.0.0.8:3128")

  private static func connect(_ target: String) -> [UInt8] {
    Array("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n".utf8)
  }

  private static func name(_ name: String) -> Destination {
    .name(name, port: 443, scope: .external)
  }

  private func keys(_ run: BehaviourRun, _ analytic: Analytic) -> Set<Destination> {
    Set(run.signals(analytic).map(\.pair.destination))
  }

  // MARK: beacon

  @Test("One CONNECT makes no proxy: the address's own clock is told of")
  func oneConnect() throws {
    var script = EventScript()
    for index in 0..<60 {
      let head = index == 0 ? Self.connect("pypi.org:443") : EgressTests.hello
      script.named(process, at: 100 + 60 * Double(index), head)
    }
    let run = BehaviourRun(script)
    #expect(keys(run, .beacon) == [Destination(EventScript.remote, seenIn: 0)])
    #expect(try #require(run.beacon).visits == 60)
  }

  @Test("One CONNECT to one address of a network hides no rotation over it")
  func oneConnectOfNetwork() {
    var script = EventScript()
    for index in 0..<60 {
      let remote = EventScript.endpoint("203.0.113.\(index % 20 + 1):8443")
      let head = index == 0 ? Self.connect("pypi.org:443") : EgressTests.hello
      script.named(process, at: 100 + 60 * Double(index), head, to: remote)
    }
    let network = Destination.network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 8443)
    #expect(keys(BehaviourRun(script), .beacon) == [network])
  }

  @Test("Who stops asking a proxy is soon told of by the address again")
  func formerProxy() {
    var script = EventScript()
    for index in 0..<500 {
      script.named(process, at: 100 + Double(index) * 0.01, Self.connect("pypi.org:443"))
    }
    // Without a name nothing is known of a visit after its connect.
    for index in 0..<60 { script.visit(process, at: 1_000 + 60 * Double(index)) }
    #expect(keys(BehaviourRun(script), .beacon) == [Destination(EventScript.remote, seenIn: 0)])
  }

  @Test(
    "A target that is new in every visit leaves the clock to the proxy", arguments: [false, true])
  func randomTargets(rotates: Bool) {
    var script = EventScript()
    for index in 0..<100 {
      let remote = EventScript.endpoint("203.0.113.\(rotates ? index % 20 + 1 : 9):443")
      script.named(
        process, at: 100 + 60 * Double(index), Self.connect("h\(index).example.test:443"),
        to: remote)
    }
    let network = Destination.network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)
    #expect(
      keys(BehaviourRun(script), .beacon)
        == [rotates ? network : Destination(EventScript.remote, seenIn: 0)])
  }

  @Test("Targets that take turns by the clock are told of, and their proxy is not")
  func severalTargets() {
    var script = EventScript()
    let names = ["a.example.test", "b.example.test", "c.example.test"]
    for index in 0..<90 {
      script.named(
        process, at: 100 + 20 * Double(index), Self.connect("\(names[index % 3]):443"), to: proxy)
    }
    #expect(keys(BehaviourRun(script), .beacon) == Set(names.map(Self.name)))
  }

  @Test("A target's visits are not told again as its proxy's when another is asked for")
  func laterTarget() {
    var script = EventScript()
    for index in 0..<100 {
      script.named(
        process, at: 100 + 180 * Double(index), Self.connect("a.example.test:443"), to: proxy)
    }
    script.named(process, at: 40_000, Self.connect("b.example.test:443"), to: proxy)
    #expect(keys(BehaviourRun(script), .beacon) == [Self.name("a.example.test")])
  }

  // MARK: Scope

  @Test(
    "What a proxy outside is asked for is outside",
    arguments: ["intranet:443", "localhost:443", "127.0.0.1:443", "10.0.0.5:443", "[::1]:443"])
  func outsideProxy(target: String) throws {
    var script = EventScript()
    for index in 0..<20 {
      script.named(process, at: 100 + 60 * Double(index), Self.connect(target))
    }
    let run = BehaviourRun(script)
    #expect(Set(run.signals(.beacon).map(\.pair.destination.scope)) == [.external])
    #expect(keys(run, .beacon).count == 1)
  }

  @Test("What a proxy inside is asked for is where its name says")
  func insideProxy() {
    var script = EventScript()
    for index in 0..<20 {
      script.named(
        process, at: 100 + 60 * Double(index), Self.connect("intranet:443"), to: proxy)
    }
    #expect(
      keys(BehaviourRun(script), .beacon) == [.name("intranet", port: 443, scope: .private)])
  }

  @Test(
    "A loopback address behind a proxy is the proxy's own, and no way out of judgement",
    arguments: ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"])
  func proxysOwnHost(host: String) {
    var script = EventScript()
    script.upload(
      process, at: 100, Self.connect("\(host):443"), to: proxy, chunks: [5_000_000, 5_000_000])
    #expect(!BehaviourRun(script).signals(.tlsEgress).isEmpty)
  }

  // MARK: tls-egress and excess-egress

  @Test("An upload through a proxy is the target's, as one without a proxy would be")
  func upload() throws {
    var script = EventScript()
    script.upload(
      process, at: 100, Self.connect("c2.example.test:443"), to: proxy,
      chunks: [900_000, 900_000, 900_000], received: 3_000)
    let run = BehaviourRun(script)
    #expect(keys(run, .tlsEgress) == [Self.name("c2.example.test")])
    #expect(try #require(run.tlsEgress).sentBytes == 2_700_000)
    // In the clear it is no TLS.
    var plain = EventScript()
    plain.upload(
      process, at: 100, Self.connect("c2.example.test:80"), to: proxy, chunks: [5_000_000])
    #expect(BehaviourRun(plain).signals(.tlsEgress).isEmpty)
  }

  @Test("What is spoken in a tunnel is known once its first bytes are")
  func inside() {
    func run(_ inner: [UInt8], port: Int) -> Int {
      var script = EventScript()
      script.upload(
        process, at: 100, Self.connect("c2.example.test:\(port)") + inner, to: proxy,
        chunks: [2_000_000])
      return BehaviourRun(script).signals(.tlsEgress).count
    }
    #expect(run(EgressTests.hello, port: 9_000) > 0)
    #expect(run(Array("SSH-2.0-OpenSSH_9.6\r\n".utf8), port: 443) == 0)
  }

  @Test("Downloads through the same proxy do not hide an upload")
  func downloads() throws {
    var script = EventScript()
    for index in 0..<18 {
      let time = 1_000 + 5_000 * Double(index)
      script.upload(
        process, at: time, Self.connect("c2.example.test:443"), to: proxy, chunks: [700_000],
        received: 3_000)
      script.upload(
        process, at: time + 2_000, Self.connect("pypi.org:443"), to: proxy, chunks: [3_000],
        received: 40_000_000)
    }
    let run = BehaviourRun(script)
    #expect(keys(run, .excessEgress) == [Self.name("c2.example.test")])
    // 5,000,000 are reached with the eighth connection: 700,000 less a handshake's 1,024.
    #expect(try #require(run.excessEgress).sentBytes >= 5_000_000)
  }

  @Test("A new word to the same address outside with each upload does not spread it")
  func spreadTargets() throws {
    var script = EventScript()
    for index in 0..<18 {
      let time = 1_000 + 5_000 * Double(index)
      script.upload(
        process, at: time, Self.connect("h\(index).example.test:443"), chunks: [700_000],
        received: 3_000)
      script.upload(
        process, at: time + 2_000, EgressTests.hello,
        to: EventScript.endpoint("198.51.100.7:443"), chunks: [3_000], received: 40_000_000)
    }
    let network = Destination.network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)
    #expect(keys(BehaviourRun(script), .excessEgress) == [network])
  }

  @Test("A target of a proxy outside is told of alone, and not the proxy's network again")
  func outsideTarget() throws {
    var script = EventScript()
    for index in 0..<60 {
      script.upload(
        process, at: 1_000 + 20_000 * Double(index), Self.connect("c2.example.test:443"),
        chunks: [700_000], received: 3_000)
    }
    #expect(keys(BehaviourRun(script), .excessEgress) == [Self.name("c2.example.test")])
  }

  // MARK: one-way

  private func posts(
    _ target: (Int) -> String, to remote: Endpoint, received: UInt64 = 4_100
  ) -> BehaviourRun {
    var script = EventScript()
    for (index, time) in [100.0, 350, 480, 900, 1_000].enumerated() {
      script.upload(
        process, at: time, Self.connect(target(index)), to: remote, chunks: [30_000],
        received: received)
    }
    return BehaviourRun(script)
  }

  @Test("A proxy's own answer and a handshake through it are no answer of the target's")
  func oneWay() throws {
    let run = posts({ _ in "c2.example.test:443" }, to: proxy)
    #expect(keys(run, .oneWay) == [Self.name("c2.example.test")])
    let evidence = try #require(run.oneWay)
    #expect(evidence.oneWaySockets == 5 && evidence.lastTraffic.sign == .tls)
    #expect(posts({ _ in "c2.example.test:80" }, to: proxy).signals(.oneWay).isEmpty)
  }

  @Test("A handshake that is not read in a tunnel is taken for a usual one")
  func answeredInTunnel() {
    // 30 kB out, and 9 kB back with a flight of 7.2 kB: answered, as without the proxy.
    let run = posts({ _ in "c2.example.test:443" }, to: proxy, received: 9_000)
    #expect(run.signals(.oneWay).isEmpty)
  }

  @Test("A new word to the same address outside makes no new pair")
  func oneWayRandomTargets() {
    let run = posts({ "h\($0).example.test:443" }, to: EventScript.remote)
    #expect(keys(run, .oneWay) == [Destination(EventScript.remote, seenIn: 0)])
  }
}
