// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Testing
import Wire

@Suite("tls-egress and excess-egress")
struct EgressTests {
  let process = EventScript.image(100)
  static let hello: [UInt8] = [22, 3, 1, 2, 0]

  // MARK: tls-egress fires

  @Test("A megabyte over TLS within five minutes is told of rare and of untrusted subjects alone")
  func threshold() throws {
    var script = EventScript()
    script.start(process, "/usr/bin/tool", at: 1)
    script.upload(process, at: 100, Self.hello, chunks: [400_000, 400_000, 200_000])
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.tlsEgress).last?.pair)
    #expect(pair.destination.endpoint == EventScript.remote)
    func assess(_ edit: (inout SubjectFacts) -> Void) -> Assessment? {
      var facts = SubjectFacts()
      edit(&facts)
      return run.behaviours.assessment(of: .tlsEgress, pair, facts: facts)
    }
    // Nothing is known of the subject.
    #expect(assess { _ in } == nil)
    #expect(assess { $0.provenance = .volatile } != nil)
    #expect(assess { $0.provenance = .userWritable } != nil)
    #expect(assess { $0.provenance = .verified } == nil)
    // Rare: active on 2 of 14 days; while the host is learned, that says nothing.
    #expect(
      assess {
        $0.activeDays = 2
        $0.isLearning = false
      } != nil)
    #expect(assess { $0.activeDays = 2 } == nil)
    // Familiar: three times its own 99th percentile.
    func familiar(_ usual: UInt64?) -> Assessment? {
      assess {
        $0.provenance = .verified
        $0.activeDays = 14
        $0.isLearning = false
        $0.sentP99Bytes = usual
      }
    }
    #expect(familiar(nil) == nil)
    #expect(familiar(333_333) != nil)
    #expect(familiar(333_334) == nil)
    let evidence = try #require(run.tlsEgress)
    #expect(evidence.peakWindowBytes == 1_000_000)
  }

  @Test("Less than a megabyte in any five minutes is not told, however much it is in all")
  func slow() {
    var script = EventScript()
    // 180 kB a minute are 900 kB in five.
    script.upload(process, at: 100, Self.hello, chunks: [UInt64](repeating: 180_000, count: 60))
    #expect(BehaviourRun(script).signals(.tlsEgress).isEmpty)
  }

  @Test("Several addresses together are told once, for the subject")
  func spread() {
    var script = EventScript()
    for index in 0..<6 {
      let remote = EventScript.endpoint("203.0.113.\(index + 1):443")
      script.upload(
        process, at: 100 + 20 * Double(index), Self.hello, to: remote, chunks: [300_000])
    }
    let run = BehaviourRun(script)
    #expect(Set(run.signals(.tlsEgress).map(\.pair.destination)) == [.all(.external)])
  }

  // MARK: tls-egress stays silent

  @Test("Port 443 without TLS in the first bytes is no TLS, and unseen bytes are not known")
  func notTLS() {
    var script = EventScript()
    script.upload(
      process, at: 100, Array("POST / HTTP/1.1\r\nHost: a.test\r\n\r\n".utf8), chunks: [5_000_000])
    #expect(BehaviourRun(script).signals(.tlsEgress).isEmpty)
    var unseen = EventScript()
    unseen.upload(process, at: 100, nil, chunks: [5_000_000])
    let run = BehaviourRun(unseen)
    #expect(run.signals(.tlsEgress).isEmpty)
    #expect(run.behaviours.evaluations(.tlsEgress, .insufficientData) > 0)
  }

  @Test("Downloads stay silent")
  func download() {
    var script = EventScript()
    script.upload(process, at: 100, Self.hello, chunks: [2_000], received: 50_000_000)
    #expect(BehaviourRun(script).signals(.tlsEgress).isEmpty)
    #expect(BehaviourRun(script).signals(.excessEgress).isEmpty)
  }

  @Test("A megabyte on five minutes' two sides is none within five minutes")
  func windowEdge() {
    var script = EventScript()
    script.upload(process, at: 100, Self.hello, chunks: [900_000])
    script.upload(process, at: 1_000, Self.hello, chunks: [900_000])
    #expect(BehaviourRun(script).signals(.tlsEgress).isEmpty)
  }

  // MARK: excess-egress fires

  @Test("Much more sent than received is told, by ratio and floor")
  func ratio() {
    func run(_ sent: UInt64, _ received: UInt64) -> Int {
      var script = EventScript()
      script.upload(
        process, at: 100, Array("PUT /x HTTP/1.1\r\n".utf8), chunks: [sent], received: received)
      return BehaviourRun(script).signals(.excessEgress).count
    }
    #expect(run(5_000_000, 1_000_000) > 0)
    #expect(run(5_000_000, 1_000_001) == 0)
    #expect(run(4_999_999, 10) == 0)
  }

  @Test("Chunks on many sockets and days do not hide it")
  func chunks() throws {
    var script = EventScript()
    // 12 kB a visit, 3 kB of them a handshake both ways, every half hour for eleven days.
    for index in 0..<528 {
      script.upload(
        process, at: 100 + 1_800 * Double(index), Self.hello, chunks: [12_000], received: 4_500)
    }
    let run = BehaviourRun(script)
    let evidence = try #require(run.excessEgress)
    #expect(evidence.sentBytes >= 5_000_000)
    #expect(evidence.days >= 9)
    // Beyond a handshake of 4,096 and 1,024 bytes each visit sent 10,976 and received 404.
    #expect(abs(evidence.ratio - 10_976.0 / 404) < 0.01)
  }

  @Test("Rotating over a network is told once, on the network")
  func rotation() throws {
    var script = EventScript()
    for index in 0..<40 {
      let remote = EventScript.endpoint("203.0.113.\(index % 8 + 1):443")
      script.upload(
        process, at: 100 + 60 * Double(index), Self.hello, to: remote, chunks: [200_000],
        received: 5_000)
    }
    let run = BehaviourRun(script)
    let network = Destination.network(IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)
    #expect(Set(run.signals(.excessEgress).map(\.pair.destination)) == [network])
    #expect(try #require(run.excessEgress).addresses == 8)
  }

  @Test("An address that was told of is not told again for its network or all remotes")
  func narrowest() {
    var script = EventScript()
    for index in 0..<20 {
      script.upload(
        process, at: 100 + 600 * Double(index), Self.hello, chunks: [1_000_000], received: 5_000)
      script.upload(
        process, at: 400 + 600 * Double(index), Self.hello,
        to: EventScript.endpoint("203.0.113.200:443"), chunks: [3_000], received: 90_000)
    }
    let run = BehaviourRun(script)
    #expect(
      Set(run.signals(.excessEgress).map(\.pair.destination.endpoint)) == [EventScript.remote])
    #expect(run.signals(.excessEgress).allSatisfy { !$0.pair.destination.isWide })
  }

  @Test("Only uncommon or untrusted subjects are told of")
  func uncommon() throws {
    var script = EventScript()
    script.upload(process, at: 100, Self.hello, chunks: [9_000_000], received: 5_000)
    let run = BehaviourRun(script)
    let pair = try #require(run.signals(.excessEgress).last?.pair)
    var facts = SubjectFacts()
    #expect(run.behaviours.assessment(of: .excessEgress, pair, facts: facts) == nil)
    facts.provenance = .userWritable
    #expect(run.behaviours.assessment(of: .excessEgress, pair, facts: facts) != nil)
    facts.provenance = .verified
    facts.isLearning = false
    facts.activeDays = 3
    #expect(run.behaviours.assessment(of: .excessEgress, pair, facts: facts) == nil)
    facts.activeDays = 2
    #expect(run.behaviours.assessment(of: .excessEgress, pair, facts: facts) != nil)
  }

  // MARK: Missing data

  @Test("A hundredth of the records lost changes no verdict", arguments: UInt64(1)...5)
  func losses(seed: UInt64) {
    var script = EventScript()
    for index in 0..<200 {
      script.upload(
        process, at: 100 + 10 * Double(index), Self.hello, chunks: [100_000], received: 5_000)
    }
    let whole = BehaviourRun(script)
    let damaged = BehaviourRun(script.losing(share: 0.01, seed: seed))
    for analytic in [Analytic.tlsEgress, .excessEgress] {
      #expect(!whole.signals(analytic).isEmpty)
      #expect(
        Set(whole.signals(analytic).map(\.pair)) == Set(damaged.signals(analytic).map(\.pair)))
    }
  }
}

extension EventScript {
  /// The same events with a share of bursts, heads and answers replaced by notes of their loss.
  func losing(share: Double, seed: UInt64) -> EventScript {
    var state = seed
    var result = EventScript()
    for event in events {
      switch event {
      case .burst, .head, .connected:
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        if Double(state >> 33) / Double(1 << 31) < share {
          result.add(
            .lost(LostEvent(time: event.time, records: 1, stage: .ring)))
          continue
        }
      default: break
      }
      result.add(event)
    }
    return result
  }
}
