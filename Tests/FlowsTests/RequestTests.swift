// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Requests and exchanges")
struct RequestTests {
  let opener = EventScript.image(100)

  private func times(_ told: RecordingObserver) -> [Double] { told.requests.map(\.time.seconds) }

  @Test("A TLS handshake's flights belong to their connect")
  func handshake() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.connected(socket, at: 10.3)
    script.burst(socket, opener, first: 10.3, sent: 500, sends: 1)
    script.burst(socket, opener, first: 10.7, sent: 600, received: 3_000, sends: 2)
    script.burst(socket, opener, first: 11.5, sent: 900, received: 9_000, sends: 3)
    script.finish(socket, at: 20, written: 900, read: 9_000)
    let (_, told) = RecordingObserver.run(script)
    #expect(times(told) == [10])
    #expect(told.exchanges.map(\.sentBytes) == [900])
    #expect(told.exchanges.map(\.receivedBytes) == [9_000])
  }

  @Test("A slow answer does not make the first send a second request")
  func slowAnswer() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.connected(socket, at: 13.1)
    script.burst(socket, opener, first: 13.2, sent: 500)
    let (_, told) = RecordingObserver.run(script)
    #expect(times(told) == [10])
  }

  @Test("One long connection gives one request per send, and one exchange per pause")
  func longConnection() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.connected(socket, at: 10.1)
    for beat in 1...4 {
      let count = UInt64(beat)
      script.burst(
        socket, opener, first: 10 + Double(beat) * 30, sent: 100 * count, received: 40 * count,
        sends: count)
    }
    script.finish(socket, at: 200, written: 400, read: 160)
    let (_, told) = RecordingObserver.run(script)
    #expect(times(told) == [10, 40, 70, 100, 130])
    #expect(told.requests.map(\.kind) == [.connect, .send, .send, .send, .send])
    #expect(told.exchanges.map(\.sentBytes) == [100, 100, 100, 100])
    #expect(told.exchanges.map(\.receivedBytes) == [40, 40, 40, 40])
  }

  @Test("A flush inside a burst is the same request")
  func flush() {
    var script = EventScript()
    let socket = script.newSocket()
    script.add(
      .adopt(
        AdoptEvent(
          time: EventScript.instant(5), socket: socket, networkNamespace: 1,
          local: EventScript.local, remote: EventScript.remote, outbound: true)))
    script.burst(socket, opener, first: 10, last: 11, sent: 100, sends: 1)
    script.burst(socket, opener, first: 10, last: 12, sent: 200, sends: 2)
    script.burst(socket, opener, first: 12.2, sent: 300, sends: 3)
    let (_, told) = RecordingObserver.run(script)
    #expect(times(told) == [10, 12.2])
    #expect(told.requests.allSatisfy { $0.origin == .adopt })
  }

  @Test("Receiving alone is no request, and neither is anything on an inbound socket")
  func noRequests() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.burst(socket, opener, first: 30, sent: 0, received: 100, sends: 0, receives: 1)
    let server = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(31), socket: server, networkNamespace: 1,
          local: EventScript.endpoint("192.0.2.10:80"),
          remote: EventScript.endpoint("203.0.113.7:50000"))))
    script.burst(server, opener, first: 40, sent: 100)
    let (flows, told) = RecordingObserver.run(script)
    #expect(times(told) == [10])
    #expect(flows.counters.connections(.inbound) == 1)
  }

  @Test("Sends count for the process that made them, connects for the opener")
  func actingSubject() {
    var script = EventScript()
    let helper = EventScript.image(200)
    script.start(opener, "/usr/bin/launcher")
    script.start(helper, "/tmp/helper")
    let socket = script.connect(opener, at: 10)
    script.burst(socket, helper, first: 10.2, sent: 100)
    let (flows, told) = RecordingObserver.run(script)
    let paths = told.requests.map {
      flows.subject($0.pair.subject)?.executable.path.description
    }
    #expect(paths == ["/usr/bin/launcher", "/tmp/helper"])
    #expect(told.requests.last?.opener == opener)
  }

  @Test("Loopback destinations are apart by network namespace, others are not")
  func namespaces() {
    var script = EventScript()
    let loopback = EventScript.endpoint("127.0.0.1:8080")
    script.connect(opener, at: 1, to: loopback, netns: 1)
    script.connect(opener, at: 2, to: loopback, netns: 2)
    script.connect(opener, at: 3, netns: 1)
    script.connect(opener, at: 4, netns: 2)
    let (_, told) = RecordingObserver.run(script)
    let pairs = told.requests.map(\.pair)
    #expect(pairs[0] != pairs[1])
    #expect(pairs[2] == pairs[3])
    #expect("\(pairs[0].destination)" == "127.0.0.1:8080@1")
    #expect("\(pairs[2].destination)" == "203.0.113.9:443")
  }

  @Test("An established outbound socket is told once when it is ten minutes old")
  func aged() {
    var script = EventScript()
    let socket = script.connect(opener, at: 10)
    script.connected(socket, at: 11)
    for minute in 0..<60 { script.tick(at: 60 * Double(minute)) }
    let (_, told) = RecordingObserver.run(script)
    #expect(told.aged.map(\.key) == [socket])
  }
}
