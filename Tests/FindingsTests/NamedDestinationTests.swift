// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Findings

@Suite("Findings with a name")
struct NamedDestinationTests {
  /// A beacon whose every visit begins with this request.
  private func beacon(_ request: String?) -> EventScript {
    var script = EventScript()
    script.start(EventScript.implant, "/tmp/kupdater")
    for index in 0..<30 {
      let time = 100 + 60 * Double(index)
      let socket = script.connect(EventScript.implant, at: time)
      script.connected(socket, at: time + 0.02)
      if let request {
        script.add(
          .head(
            HeadEvent(
              time: EventScript.instant(time + 0.021), socket: socket, direction: .sent,
              offset: 0, data: Array(request.utf8))))
      }
      script.burst(socket, EventScript.implant, first: time + 0.021, sent: 500, received: 900)
      script.finish(socket, at: time + 0.05, written: 500, read: 900)
    }
    return script
  }

  @Test("A name and a protocol are shown and change neither id nor key")
  func named() throws {
    let plain = try #require(PipelineRun(beacon(nil)).findings.first)
    let named = try #require(
      PipelineRun(beacon("GET /x HTTP/1.1\r\nHost: c2.example\r\n\r\n")).findings.first)
    #expect(plain.id == named.id && plain.dedupKey == named.dedupKey)
    #expect(plain.json.contains(#""name":null,"name_source":null"#))
    #expect(plain.json.contains(#""protocol":{"seen":null,"alpn":null,"ja4":null}"#))
    #expect(named.json.contains(#""name":"c2.example","name_source":"http""#))
    #expect(named.json.contains(#""protocol":{"seen":"http","alpn":null,"ja4":null}"#))
    #expect(named.message.contains("203.0.113.9:443 (c2.example)"))
  }

  @Test("A host that is the address itself is not said twice")
  func bareAddress() throws {
    let finding = try #require(
      PipelineRun(beacon("GET /x HTTP/1.1\r\nHost: 203.0.113.9\r\n\r\n")).findings.first)
    #expect(finding.destination.name == "203.0.113.9")
    #expect(finding.message.contains("contacts 203.0.113.9:443 every"), "\(finding.message)")
  }

  @Test("A destination is called what people call it: no namespace, no length of one address")
  func labels() throws {
    let endpoint = EventScript.endpoint("127.0.0.1:80")
    let address = try #require(IPAddress(text: "10.77.0.13"))
    let network = try #require(IPAddress(text: "10.77.0.0"))
    let cases: [(Destination, String)] = [
      (.endpoint(endpoint, namespace: 4_026_531_840), "127.0.0.1:80"),
      (Destination(anyPortOf: address), "10.77.0.13"),
      (.network(network, bits: 24, port: 443), "10.77.0.0/24:443"),
      (.name("a.example", port: 443, scope: .external), "a.example:443"),
    ]
    for (key, label) in cases {
      let destination = FindingDestination(
        key: key, endpoint: endpoint, scope: .private, name: nil, nameSource: nil,
        firstSeenHere: nil, otherSubjects: nil)
      #expect(destination.label == label)
    }
  }
}
