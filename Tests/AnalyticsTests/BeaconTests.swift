// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Analytics

@Suite("beacon")
struct BeaconTests {
  let process = EventScript.image(100)

  // MARK: It fires

  @Test("A beacon every 60 s is found by its fifth visit", arguments: [60.0, 3_600])
  func steady(period: Double) throws {
    var script = EventScript()
    script.start(process, "/tmp/implant")
    for index in 0..<5 { script.visit(process, at: 100 + period * Double(index)) }
    let run = BehaviourRun(script)
    let beacon = try #require(run.beacon)
    #expect(beacon.visits <= 5)
    #expect(beacon.logEvidence >= 4.605)
    #expect(beacon.isPeriodicNow)
    #expect(beacon.kind == .connections)
    #expect(beacon.source.image == process)
    #expect(abs(try #require(beacon.periodSeconds) - period) < period * 0.02)
    #expect(beacon.sentSpreadRatio == 0)
    #expect(run.outcome(.beacon, "PayloadLengthVariance_sent") == .met)
  }

  @Test("Processes that come and go are one pair")
  func changingPids() throws {
    var script = EventScript()
    for index in 0..<6 {
      let visitor = EventScript.image(UInt32(200 + index))
      script.start(visitor, "/tmp/implant", at: 100 + 60 * Double(index))
      script.visit(visitor, at: 100.5 + 60 * Double(index))
      script.exit(visitor, at: 101 + 60 * Double(index))
    }
    let beacon = try #require(BehaviourRun(script).beacon)
    #expect(beacon.visits == 6)
    #expect(beacon.source.image == EventScript.image(205))
  }

  @Test("Connects that nobody takes are visits, marked as failed")
  func refused() throws {
    var script = EventScript()
    for index in 0..<6 { script.refusedVisit(process, at: 100 + 60 * Double(index)) }
    let run = BehaviourRun(script)
    let beacon = try #require(run.beacon)
    #expect(beacon.visits == 6)
    #expect(beacon.failedVisits == 6)
    #expect(beacon.sentSpreadRatio == nil)
    #expect(run.outcome(.beacon, "PayloadLengthVariance_sent") == .insufficientData)
    #expect(beacon.connections.allSatisfy { $0.state == .failed(.refused) })
  }

  @Test("One long connection with periodic sends is a beacon of the other kind")
  func longConnection() throws {
    var script = EventScript()
    let socket = script.connect(process, at: 100)
    script.connected(socket, at: 100.1)
    for beat in 1...10 {
      let count = UInt64(beat)
      script.burst(
        socket, process, first: 100 + 30 * Double(beat), sent: 64 * count, received: 32 * count,
        sends: count)
    }
    let beacon = try #require(BehaviourRun(script).beacon)
    #expect(beacon.kind == .longConnection)
    #expect(beacon.source.connectRequests == 1)
    #expect(abs(try #require(beacon.periodSeconds) - 30) < 1)
    // The exchange that is still under way is not complete.
    #expect(beacon.sentBytes == 64 * 9)
  }

  @Test("An adopted outbound connection's sends are visits")
  func adopted() throws {
    var script = EventScript()
    let socket = adopt(&script, outbound: true)
    for beat in 1...8 {
      script.burst(
        socket, process, first: 100 + 30 * Double(beat), sent: 64 * UInt64(beat),
        sends: UInt64(beat))
    }
    let beacon = try #require(BehaviourRun(script).beacon)
    #expect(beacon.source.origin == .adopt)
  }

  // MARK: It stays silent

  @Test("Memoryless clients of one visit a minute stay silent", arguments: UInt64(1)...20)
  func poisson(seed: UInt64) {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 60)
    var time = 100.0
    for _ in 0..<300 {
      time += gaps.next()
      script.visit(process, at: time)
    }
    #expect(BehaviourRun(script).signals(.beacon).isEmpty)
  }

  @Test("A chatty long connection without a clock stays silent", arguments: UInt64(1)...10)
  func chat(seed: UInt64) {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 0.5)
    var time = 100.0
    let socket = script.connect(process, at: time)
    script.connected(socket, at: time + 0.1)
    for count in 1...2_000 {
      time += 0.05 + gaps.next()
      script.burst(socket, process, first: time, sent: 10 * UInt64(count), sends: UInt64(count))
    }
    #expect(BehaviourRun(script).signals(.beacon).isEmpty)
  }

  @Test("Downloads of many flights at random times stay silent", arguments: UInt64(1)...10)
  func downloads(seed: UInt64) {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 120)
    var time = 100.0
    for _ in 0..<150 {
      time += 5 + gaps.next()
      let socket = script.connect(process, at: time)
      script.connected(socket, at: time + 0.02)
      for flight in 1...40 {
        script.burst(
          socket, process, first: time + 0.07 * Double(flight), sent: 100 * UInt64(flight),
          received: 90_000 * UInt64(flight), sends: UInt64(flight))
      }
      script.finish(socket, at: time + 4, written: 4_000, read: 3_600_000)
    }
    #expect(BehaviourRun(script).signals(.beacon).isEmpty)
  }

  @Test("Three visits are too few, and are said to be")
  func tooFew() {
    var script = EventScript()
    for index in 0..<3 { script.visit(process, at: 100 + 60 * Double(index)) }
    let run = BehaviourRun(script)
    #expect(run.signals.isEmpty)
    #expect(run.behaviours.evaluations(.beacon, .insufficientData) == 3)
    #expect(run.behaviours.evaluations(.beacon, .clear) == 0)
  }

  @Test("Loopback is judged only when the setting says so")
  func loopback() {
    var script = EventScript()
    let remote = EventScript.endpoint("127.0.0.1:443")
    for index in 0..<8 { script.visit(process, at: 100 + 60 * Double(index), to: remote) }
    #expect(BehaviourRun(script).signals.isEmpty)
    #expect(BehaviourRun(script).behaviours.pairCount(.beacon) == 0)
    var settings = AnalyticSettings()
    settings.includeLoopback = true
    #expect(!BehaviourRun(script, settings: settings).signals(.beacon).isEmpty)
  }

  // MARK: It survives missing data

  @Test("A socket whose direction nobody knows is insufficient data")
  func unknownDirection() {
    var script = EventScript()
    let socket = adopt(&script, outbound: nil)
    for beat in 1...8 {
      script.burst(
        socket, process, first: 100 + 30 * Double(beat), sent: 64 * UInt64(beat),
        sends: UInt64(beat))
    }
    script.finish(socket, at: 500, written: 512)
    let run = BehaviourRun(script)
    #expect(run.signals.isEmpty)
    #expect(run.behaviours.evaluations(.beacon, .insufficientData) == 1)
  }

  @Test("A beacon of which every second visit is lost is still found")
  func lostVisits() {
    var script = EventScript()
    for index in 0..<20 where index % 2 == 0 { script.visit(process, at: 100 + 60 * Double(index)) }
    #expect(!BehaviourRun(script).signals(.beacon).isEmpty)
  }

  @Test("Bursts without a connect, answer or final are enough for no more than they say")
  func onlyBursts() {
    var script = EventScript()
    let socket = script.newSocket()
    for beat in 1...8 {
      script.burst(
        socket, process, first: 100 + 30 * Double(beat), sent: 64 * UInt64(beat),
        sends: UInt64(beat))
    }
    #expect(BehaviourRun(script).signals.isEmpty)
  }

  // MARK: Constant state

  @Test("A tracker fed from the buffer equals one fed from the start", arguments: UInt64(1)...20)
  func replayedBuffer(seed: UInt64) throws {
    var script = EventScript()
    var gaps = ExponentialGaps(seed: seed, mean: 2)
    var whole = TimingEvidence()
    var time = 100.0
    var last: Pair?
    for _ in 0..<60 {
      time += gaps.next()
      script.refusedVisit(process, at: time)
    }
    var flows = FlowTable()
    var beacon = Beacon(settings: BeaconSettings(), epochSeconds: 0)
    var observer = RequestsOnly()
    for event in script.events { flows.apply(event, observer: &observer) }
    for request in observer.requests {
      _ = beacon.record(request)
      whole.record(requestAt: request.time.seconds)
      last = request.pair
    }
    let pair = try #require(last)
    let evidence = try #require(beacon.evidence(of: pair))
    #expect(evidence.logEvidence == whole.logEvidence)
    #expect(evidence.visits == whole.visits)
    #expect(evidence.requests == whole.requests)
  }

  @Test("A pair with many requests in few visits gets its tracker early, and loses none")
  func burstOfRequests() throws {
    var beacon = Beacon(settings: BeaconSettings(), epochSeconds: 0)
    var script = EventScript()
    for index in 0..<40 { script.connect(process, at: 100 + 0.01 * Double(index)) }
    var observer = RequestsOnly()
    var flows = FlowTable()
    for event in script.events { flows.apply(event, observer: &observer) }
    for request in observer.requests { _ = beacon.record(request) }
    let evidence = try #require(beacon.evidence(of: observer.requests[0].pair))
    #expect(evidence.requests == 40)
    #expect(evidence.visits == 1)
    #expect(beacon.counts[.insufficientData] == 40)
  }

  @Test("Spraying addresses does not flush a slow beacon")
  func spraying() {
    var script = EventScript()
    let sprayer = EventScript.image(300)
    script.start(process, "/usr/bin/slow")
    script.start(sprayer, "/tmp/sprayer")
    for index in 0..<6 {
      let base = 100 + 600 * Double(index)
      script.visit(process, at: base)
      for address in 0..<100 {
        let remote = Endpoint(
          address: IPAddress(ipv4: 0xc633_6400 + UInt32(index * 100 + address)), port: 80)
        script.refusedVisit(sprayer, at: base + 1 + Double(address), to: remote)
      }
    }
    var settings = AnalyticSettings()
    settings.beacon.youngPairLimit = 16
    let run = BehaviourRun(script, settings: settings)
    #expect(Set(run.signals(.beacon).map(\.pair.destination.endpoint)) == [EventScript.remote])
  }

  private func adopt(_ script: inout EventScript, outbound: Bool?) -> SocketKey {
    let socket = script.newSocket()
    script.add(
      .adopt(
        AdoptEvent(
          time: EventScript.instant(90), socket: socket, networkNamespace: 1,
          local: EventScript.endpoint("192.0.2.10:4000"), remote: EventScript.remote,
          outbound: outbound)))
    return socket
  }
}

/// Keeps requests and nothing else.
private struct RequestsOnly: FlowObserver {
  var requests: [Request] = []

  mutating func requested(_ request: Request) { requests.append(request) }
  mutating func failed(_ pair: Pair, on socket: Socket) {}
  mutating func exchanged(_ exchange: Exchange) {}
  mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
  mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
}
