// SPDX-License-Identifier: Apache-2.0

import Analytics
import Baseline
import EventScript
import Findings
import Flows
import Testing
import Wire

/// What is known of several addresses judges a behaviour only as far as they carried it.
@Suite("Addresses that carry a behaviour, and others that speak for them")
struct CarrierTests {
  private let day = EventScript.day
  private let program = EventScript.image(300, start: 5)
  private static let hello: [UInt8] = [22, 3, 1, 2, 0]
  /// What seven programs use.
  private static let common = EventScript.endpoint("203.0.113.9:80")
  private static let request = "GET / HTTP/1.1\r\nHost: api.example\r\n\r\n"

  /// Twelve addresses of twelve networks.
  private func new(_ index: Int, port: Int = 443) -> Endpoint {
    EventScript.endpoint("11.1.\(index % 12 + 1).7:\(port)")
  }

  private func egress(_ script: EventScript, _ settings: PipelineSettings = PipelineSettings())
    throws -> Finding
  {
    try #require(
      PipelineRun(script.inOrder, settings: settings).findings.first {
        $0.destination.key == .all(.external)
      })
  }

  // MARK: L1

  @Test("A packaged program's own server does not make familiar what it sends to new addresses")
  func familiarElsewhere() throws {
    var script = EventScript.host(knownFor: 24)
    script.start(program, "/usr/sbin/collectd", owner: nil)
    script.know(program, EventScript.packaged("collectd"), at: program.start)
    for index in 0..<22 { script.visit(program, at: (Double(index) + 0.4) * day) }
    for index in 0..<6 {
      script.upload(
        program, at: 22.5 * day + 30 * Double(index), Self.hello, to: new(index),
        chunks: [700_000], received: 5_000)
    }
    let finding = try egress(script)
    #expect(finding.analytic == .tlsEgress)
    #expect(finding.outcome("L1_familiar_days") == .notMet)
    #expect(finding.outcome("R1_destination_new") == .met)
    #expect(finding.severity == .low)
  }

  /// Root's own program whose server is known by a name, and then twelve more by the same.
  ///
  /// DNS gives it those, or not.
  private func named(isResolved: Bool) -> EventScript {
    var script = EventScript.host(knownFor: 24)
    script.start(program, "/usr/local/bin/agent")
    func visit(_ remote: Endpoint, at time: Double, isResolved: Bool) {
      if isResolved {
        script.add(
          .name(
            NameEvent(
              time: EventScript.instant(time - 1), networkNamespace: 4_026_531_840,
              name: "API.example.", address: remote.address, ttlSeconds: 60)))
      }
      let socket = script.connect(program, at: time, to: remote)
      script.connected(socket, at: time + 0.02)
      script.say(Array(Self.request.utf8), .sent, on: socket, at: time + 0.021)
      script.burst(socket, program, first: time + 0.022, sent: 300, received: 900)
      script.close(socket, at: time + 0.06, to: remote)
      script.finish(socket, at: time + 0.061, written: 300, read: 900)
    }
    for index in 0..<22 {
      visit(Self.common, at: (Double(index) + 0.4) * day, isResolved: true)
    }
    for index in 0..<40 {
      visit(new(index, port: 80), at: 22.5 * day + 60 * Double(index), isResolved: isResolved)
    }
    return script
  }

  @Test("The name that a client says makes no address familiar; the name that DNS gave it does")
  func names() throws {
    func finding(isResolved: Bool) throws -> Finding {
      try #require(
        PipelineRun(named(isResolved: isResolved).inOrder).findings.first {
          $0.destination.key == .name("api.example", port: 80, scope: .external)
        })
    }
    let claimed = try finding(isResolved: false)
    #expect(claimed.outcome("L1_familiar_days") == .notMet)
    #expect(claimed.outcome("R1_destination_new") == .met)
    #expect(claimed.severity == .medium)
    // The addresses of a large service change.
    let resolved = try finding(isResolved: true)
    #expect(resolved.outcome("L1_familiar_days") == .met)
    #expect(resolved.outcome("R1_destination_new") == .notMet)
    #expect(resolved.severity == .explained)
  }

  // MARK: R1, L2

  /// A user's program sends 600 kB to each of twelve new addresses, and last once to `decoy`.
  private func spread(decoy: Endpoint?) -> EventScript {
    var script = EventScript.host(knownFor: 14)
    // Seven programs use one address every day.
    for index in 0..<7 as Range<UInt32> {
      let image = EventScript.image(400 + index, start: 6)
      script.start(image, "/usr/bin/user\(index)", owner: nil)
      script.know(image, EventScript.packaged(ByteString("user\(index)")), at: image.start)
      for day in 0..<9 {
        script.visit(
          image, at: (Double(day) + 0.1) * self.day + 10 * Double(index), to: Self.common)
      }
    }
    script.start(program, "/home/u/sync", at: 9 * day, owner: 1_000, uid: 1_000)
    for index in 0..<12 {
      script.upload(
        program, at: 9.5 * day + 120 * Double(index), Array("PUT / HTTP/1.1\r\n\r\n".utf8),
        to: new(index, port: 80), chunks: [600_000], received: 500)
    }
    if let decoy {
      script.upload(
        program, at: 9.5 * day + 3_000, Array("GET / HTTP/1.1\r\n\r\n".utf8), to: decoy,
        chunks: [500], received: 20)
    }
    return script
  }

  @Test("One visit to what many use takes nothing away from twelve new addresses")
  func common() throws {
    let plain = try egress(spread(decoy: nil))
    #expect(plain.severity == .high && plain.factors == ["R1", "R2"])
    let finding = try egress(spread(decoy: Self.common))
    #expect(finding.outcome("R1_destination_new") == .met)
    #expect(finding.outcome("L2_destination_common") == .notMet)
    #expect(finding.severity == .high && finding.factors == ["R1", "R2"])
  }

  // MARK: L3, L4

  @Test("A last visit to the cloud's metadata makes nothing near of the others")
  func metadata() throws {
    let finding = try egress(spread(decoy: EventScript.endpoint("168.63.129.16:80")))
    #expect(finding.outcome("L3_near_destination") == .notMet)
    #expect(finding.severity == .high)
  }

  @Test("The inventory declares several addresses only where it covers all they can be")
  func inventory() throws {
    let decoy = EventScript.endpoint("198.51.100.21:80")
    func outcome(_ destinations: [String]) throws -> TestResult.Outcome? {
      var settings = PipelineSettings()
      settings.inventory = Inventory(
        services: [
          Inventory.Service(name: "sync", path: "/home/u/sync", destinations: destinations)
        ])
      return try egress(spread(decoy: decoy), settings).outcome("L4_inventory")
    }
    #expect(try outcome(["198.51.100.21:80"]) == .notMet)
    #expect(try outcome(["11.0.0.0/8"]) == .notMet)
    #expect(try outcome(["*:80"]) == .notMet)
    #expect(try outcome(["*"]) == .met)
  }

  @Test("A declared network declares the networks in it, and a declared address no network")
  func declaredNetwork() throws {
    var script = EventScript.host(knownFor: 14)
    script.start(program, "/usr/local/bin/kupd")
    for index in 0..<40 {
      let remote = EventScript.endpoint("203.0.113.\(10 + index % 8):443")
      script.visit(program, at: 9.5 * day + 60 * Double(index), to: remote)
    }
    func finding(_ destinations: [String]) throws -> Finding {
      var settings = PipelineSettings()
      settings.includeExplained = true
      settings.inventory = Inventory(
        services: [
          Inventory.Service(name: "kupd", path: "/usr/local/bin/kupd", destinations: destinations)
        ])
      return try #require(
        PipelineRun(script.inOrder, settings: settings).findings.first {
          if case .network = $0.destination.key { true } else { false }
        })
    }
    // The last one visited is 203.0.113.17.
    #expect(try finding(["203.0.113.17:443"]).outcome("L4_inventory") == .notMet)
    #expect(try finding(["203.0.113.0/24:443"]).outcome("L4_inventory") == .met)
    #expect(try finding(["203.0.113.0/24:80"]).outcome("L4_inventory") == .notMet)
    #expect(try finding(["203.0.0.0/16"]).outcome("L4_inventory") == .met)
  }
}
