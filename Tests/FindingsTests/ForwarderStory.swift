// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Flows
import Testing
import Wire

/// A client that visits a loopback port, where a program takes each connection.
protocol ForwarderStory {}

extension ForwarderStory {
  static var client: ImageKey { EventScript.image(4_121) }
  static var passer: ImageKey { EventScript.image(500) }
  static var inner: Endpoint { EventScript.endpoint("127.0.0.1:3128") }
  static var outer: Endpoint { EventScript.endpoint("203.0.113.9:443") }

  /// A client visits a loopback port every 60 s, where `passer` takes each connection.
  ///
  /// `onward` says where the passer opens a connection for each; `head` is what the client says.
  func story(
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

  func visit(
    _ script: inout EventScript, at time: Double, _ onward: Endpoint?, _ head: String?,
    isTaken: Bool = true, by client: ImageKey = Self.client,
    _ passer: ImageKey = Self.passer, to inner: Endpoint = Self.inner,
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

  /// One connection of the client to the forwarder that stays open, and its other end.
  func open(
    _ script: inout EventScript, saying head: [UInt8]? = nil
  ) -> (socket: SocketKey, taken: SocketKey) {
    let socket = script.connect(Self.client, at: 100, to: Self.inner)
    script.connected(socket, at: 100.1)
    if let head { script.say(head, .sent, on: socket, at: 100.2) }
    let taken = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(100.2), socket: taken, networkNamespace: 4_026_531_840,
          local: Self.inner, remote: EventScript.endpoint("127.0.0.1:41000"))))
    return (socket, taken)
  }

  func told(_ script: EventScript) -> [Finding] {
    PipelineRun(script).findings.filter { $0.process.path == "/tmp/kupdater" }
  }
}
