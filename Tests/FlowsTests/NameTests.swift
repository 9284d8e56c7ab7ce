// SPDX-License-Identifier: Apache-2.0

import EventScript
import Protocols
import Testing
import Wire

@testable import Flows

@Suite("What a destination is called")
struct NameTests {
  private let client = EventScript.image(100)
  private let host: UInt64 = 4_026_531_840

  private func name(
    _ text: String, _ address: IPAddress = EventScript.remote.address, at seconds: Double,
    ttl: UInt64 = 300, netns: UInt64 = 4_026_531_840
  ) -> Event {
    .name(
      NameEvent(
        time: EventScript.instant(seconds), networkNamespace: netns, name: ByteString(text),
        address: address, ttlSeconds: ttl))
  }

  private func head(
    _ socket: SocketKey, _ data: [UInt8], offset: UInt64 = 0, at seconds: Double = 2,
    direction: Direction = .sent
  ) -> Event {
    .head(
      HeadEvent(
        time: EventScript.instant(seconds), socket: socket, direction: direction, offset: offset,
        data: data))
  }

  private func facts(_ script: EventScript) throws -> DestinationFacts? {
    let (flows, told) = RecordingObserver.run(script)
    let pair = try #require(told.requests.first?.pair)
    return flows.destinationFacts(of: pair)
  }

  @Test("A DNS answer names the connections after it, in its own namespace and for its time")
  func names() throws {
    for (time, netns, expected) in [
      (10.0, host, "a.example"), (310.0, host, nil), (10.0, 7, nil),
    ] as [(Double, UInt64, String?)] {
      var script = EventScript()
      script.start(client, "/usr/bin/client")
      script.add(name("a.example", at: 1))
      _ = script.connect(client, at: time, netns: netns)
      let known = try facts(script)
      #expect(known?.name == expected)
      #expect(known?.nameSource == (expected == nil ? nil : .dns))
    }
  }

  @Test("An answer whose namespace the kernel did not tell counts in all")
  func unknownNamespace() throws {
    var script = EventScript()
    script.add(name("a.example", at: 1, netns: 0))
    _ = script.connect(client, at: 2, netns: 77)
    #expect(try facts(script)?.name == "a.example")
  }

  @Test("A short TTL lasts a minute, and a later answer replaces an earlier one")
  func lifetime() throws {
    for (time, expected) in [(59.0, "b.example"), (70, nil)] as [(Double, String?)] {
      var script = EventScript()
      script.add(name("a.example", at: 1, ttl: 1))
      script.add(name("b.example", at: 2, ttl: 1))
      _ = script.connect(client, at: time)
      #expect(try facts(script)?.name == expected)
    }
  }

  @Test("The name that the connection itself gives is better than DNS's")
  func better() throws {
    var script = EventScript()
    script.add(name("cdn.example", at: 1))
    let socket = script.connect(client, at: 2)
    script.add(head(socket, Array("GET / HTTP/1.1\r\nHost: www.example\r\n\r\n".utf8)))
    let known = try #require(try facts(script))
    #expect(known.name == "www.example" && known.nameSource == .http)
    #expect(known.application == .http)
  }

  @Test("A head that comes in pieces is read when it is whole, and what does not follow is not")
  func pieces() throws {
    let request = Array("POST /x HTTP/1.1\r\nAccept: */*\r\nHost: www.example\r\n\r\n".utf8)
    var script = EventScript()
    let socket = script.connect(client, at: 2)
    script.add(head(socket, Array(request[..<20])))
    script.add(head(socket, Array(request[30...]), offset: 30))
    script.add(head(socket, Array(request[20...]), offset: 20))
    #expect(try facts(script)?.name == "www.example")
  }

  @Test("A stream met in its middle says nothing")
  func middle() throws {
    var script = EventScript()
    let socket = script.connect(client, at: 2)
    script.add(head(socket, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), offset: 5))
    #expect(try facts(script) == nil)
  }

  @Test("Names, unfinished heads and destinations are bounded, and what leaves is counted")
  func bounds() {
    var limits = FlowLimits()
    limits.names = 10
    limits.heads = 4
    limits.destinations = 5
    var script = EventScript()
    for number in 0..<30 {
      let address = IPAddress(ipv4: 0xc633_6400 + UInt32(number))
      script.add(name("n\(number).example", address, at: 1))
      let socket = script.connect(client, at: 2, to: Endpoint(address: address, port: 80))
      script.add(head(socket, Array("GET /".utf8)))
    }
    let (flows, _) = RecordingObserver.run(script, limits: limits)
    for (table, limit) in [("names", 10), ("heads", 4), ("destinations", 5)] {
      let row = flows.tables.first { $0.name == table }
      #expect(row?.count == limit && row?.evictions == UInt64(30 - limit))
    }
  }

  @Test("Heads of sockets that ended take no place")
  func forgotten() {
    var script = EventScript()
    for second in 0..<20 {
      let socket = script.connect(client, at: Double(second))
      script.add(head(socket, Array("GET /".utf8), at: Double(second)))
      script.finish(socket, at: Double(second) + 0.5)
    }
    let (flows, _) = RecordingObserver.run(script)
    let row = flows.tables.first { $0.name == "heads" }
    #expect(row?.count == 0 && row?.evictions == 0)
  }
}
