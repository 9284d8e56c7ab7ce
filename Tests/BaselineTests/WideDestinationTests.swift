// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@testable import Baseline

@Suite("Destinations that stand for several addresses")
struct WideDestinationTests {
  private let client = EventScript.image(100)
  private let day = BaselineRun.day
  private static let network = Destination.network(
    IPAddress(ipv4: 0xcb00_7100), bits: 24, port: 443)
  private static let name = Destination.name("a.example", port: 443, scope: .external)
  /// In two networks.
  private static let first = EventScript.endpoint("203.0.113.9:443")
  private static let second = EventScript.endpoint("203.0.113.77:443")
  private static let elsewhere = EventScript.endpoint("198.51.100.7:443")

  private func known() -> BaselineRun {
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    return BaselineRun(script)
  }

  /// A visit a day to each of these; the Host of those in `named` is a.example, of the others their
  /// address.
  private func visits(
    _ days: ClosedRange<Int>, to remotes: [Endpoint], named: [Endpoint] = []
  ) -> [Event] {
    var script = EventScript()
    for index in days {
      for (place, remote) in remotes.enumerated() {
        let host = named.contains(remote) ? "a.example" : "\(remote.address)"
        script.visit(
          client, at: Double(index) * day + 43_200 + 60 * Double(place), to: remote,
          saying: "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
      }
    }
    return script.events
  }

  private func familiarDays(_ run: BaselineRun, _ remote: Endpoint) -> Int? {
    run.pair(remote).flatMap { run.baseline.habits(of: $0)?.familiarDays }
  }

  private func wide(_ run: BaselineRun, _ destination: Destination) throws -> Pair {
    Pair(subject: try #require(run.pair()).subject, destination: destination)
  }

  // MARK: Poisoning

  @Test(
    "While a finding on several addresses is open, none of them becomes familiar, and others do",
    arguments: [network, name, .all(.external)])
  func taint(destination: Destination) throws {
    let outside = EventScript.endpoint("10.1.2.3:443")
    let remotes = [Self.first, Self.second, Self.elsewhere, outside]
    let named = [Self.first, Self.elsewhere]
    let inScope: [Endpoint] =
      switch destination {
      case .network: [Self.first, Self.second]
      case .name: named
      default: [Self.first, Self.second, Self.elsewhere]
      }
    var run = known()
    run.play(visits(0...2, to: remotes, named: named))
    run.baseline.setTainted(true, try wide(run, destination))
    run.play(visits(3...5, to: remotes, named: named))
    run.baseline.setTainted(false, try wide(run, destination))
    run.play(visits(6...8, to: remotes, named: named))
    for remote in remotes {
      // Days 0, 1, 6, 7 and 8; on day 2 it was opened, on day 5 closed.
      #expect(familiarDays(run, remote) == (inScope.contains(remote) ? 5 : 9), "\(remote)")
    }
  }

  @Test("An address that is first met while such a finding is open is none of the familiar ones")
  func newAddress() throws {
    var run = known()
    run.play(visits(0...0, to: [Self.first]))
    run.baseline.setTainted(true, try wide(run, Self.network))
    run.play(visits(1...9, to: [Self.second]))
    #expect(familiarDays(run, Self.second) == 0)
    // Nor does it make its users many.
    let habits = run.baseline.habits(of: .endpoint(Self.second, namespace: 0))
    #expect(habits?.subjects == 0)
  }

  @Test("What such a finding's traffic sends does not become usual")
  func sent() throws {
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    for index in 0..<10 { script.visit(client, at: Double(index) * 600 + 10, sent: 10_000) }
    var run = BaselineRun(script)
    let pair = try #require(run.pair())
    let usual = try #require(run.baseline.habits(of: pair.subject)?.sentP99Bytes)
    run.baseline.setTainted(true, try wide(run, Self.network))
    var more = EventScript()
    for index in 0..<50 {
      more.visit(
        client, at: Double(index) * 600 + 11_000, to: Self.second, sent: 500_000_000)
    }
    run.play(more.events)
    #expect(run.baseline.habits(of: pair.subject)?.sentP99Bytes == usual)
  }

  // MARK: What is usual there

  @Test("It is as old as its oldest address, and familiar on the days of any")
  func habits() throws {
    var run = known()
    run.play(visits(0...3, to: [Self.first], named: [Self.first]))
    run.play(visits(3...7, to: [Self.second]))
    run.play(visits(8...9, to: [Self.elsewhere], named: [Self.elsewhere]))
    func days(_ destination: Destination) throws -> Int? {
      run.baseline.habits(of: try wide(run, destination))?.familiarDays
    }
    #expect(try days(Self.network) == 8)
    #expect(try days(Self.name) == 6)
    #expect(try days(.all(.external)) == 10)
    #expect(try days(.all(.private)) == nil)
    func firstSeen(_ destination: Destination) throws -> Int64? {
      run.baseline.destinationHabits(of: try wide(run, destination))?.firstSeen
    }
    let oldest = BaselineRun.epoch + 43_200
    #expect(try firstSeen(Self.network) == oldest)
    #expect(try firstSeen(Self.name) == oldest)
    let other = Destination.network(IPAddress(ipv4: 0xc633_6400), bits: 24, port: 443)
    #expect(try firstSeen(other) == oldest + 8 * 86_400)
    #expect(try firstSeen(.all(.private)) == nil)
  }

  @Test("An address that was reached by several names counts for none of them")
  func severalNames() throws {
    var run = known()
    run.play(visits(0...8, to: [Self.first]))
    // The Host was its address so far, which is no name.
    run.play(visits(9...9, to: [Self.first], named: [Self.first]))
    #expect(run.baseline.habits(of: try wide(run, Self.name))?.familiarDays == 10)
    var script = EventScript()
    script.visit(
      client, at: 10 * day, to: Self.first, saying: "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n")
    run.play(script.events)
    #expect(run.baseline.habits(of: try wide(run, Self.name)) == nil)
    // And a finding on one of its names leaves the days of the others alone.
    run.baseline.setTainted(true, try wide(run, Self.name))
    run.play(visits(11...11, to: [Self.first]))
    run.play(visits(12...12, to: [Self.first], named: [Self.first]))
    #expect(familiarDays(run, Self.first) == 12)
  }

  @Test("Users are counted over all addresses, other hosts only where they know each of them")
  func users() throws {
    var script = EventScript()
    for index in 0..<4 as Range<UInt32> {
      let image = EventScript.image(200 + index)
      script.start(image, "/usr/bin/user\(index)")
      script.visit(image, at: 1_000 + Double(index), to: index < 2 ? Self.first : Self.second)
    }
    script.start(client, "/usr/bin/client")
    script.visit(client, at: 2_000, to: Self.first)
    var run = BaselineRun(script)
    let pair = Pair(
      subject: try #require(run.requests.last).pair.subject, destination: Self.network)
    // Of the second address the client knows nothing.
    #expect(run.baseline.destinationHabits(of: pair)?.subjects == 3)
    var more = EventScript()
    more.visit(client, at: 3_000, to: Self.second)
    run.play(more.events)
    #expect(run.baseline.destinationHabits(of: pair)?.subjects == 5)
    var other = EventScript()
    other.start(client, "/usr/bin/other")
    other.visit(client, at: 10, to: Self.first)
    _ = run.baseline.note(prevalence: BaselineRun(other).baseline, ofHost: "b")
    #expect(run.baseline.destinationHabits(of: pair)?.otherHosts == 0)
    other.visit(client, at: 20, to: Self.second)
    _ = run.baseline.note(prevalence: BaselineRun(other).baseline, ofHost: "c")
    #expect(run.baseline.destinationHabits(of: pair)?.otherHosts == 1)
  }

  // MARK: Over a restart

  @Test("After a restart its addresses are told when it matters, and a recording tells the same")
  func restart() throws {
    var run = known()
    run.baseline.keep([])
    run.play(
      visits(0...4, to: [Self.first, Self.elsewhere], named: [Self.first, Self.elsewhere]))
    let rows = run.baseline.takeChanges()
    let before = run.baseline.habits(of: try wide(run, Self.name))
    #expect(before?.familiarDays == 5)
    var second = BaselineRun(epoch: BaselineRun.epoch + 5 * 86_400, keeping: rows)
    var script = EventScript()
    script.start(client, "/usr/bin/client")
    script.visit(
      client, at: 500, to: EventScript.remote, saying: "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    second.play(script.events)
    let pair = try wide(second, Self.name)
    #expect(second.baseline.tellMembers(of: pair, at: second.baseline.time) == 1)
    #expect(second.baseline.tellMembers(of: pair, at: second.baseline.time) == 0)
    let told = second.baseline.takeTold()
    let habits = try #require(second.baseline.habits(of: pair))
    #expect(habits.familiarDays == 6)
    #expect(habits.firstSeen == before?.firstSeen)
    var replay = BaselineRun(epoch: BaselineRun.epoch + 5 * 86_400)
    replay.play(second.recorded + told.map { .baseline($0) })
    #expect(replay.baseline.habits(of: try wide(replay, Self.name)) == habits)
    #expect(
      replay.baseline.destinationHabits(of: try wide(replay, Self.name))
        == second.baseline.destinationHabits(of: pair))
  }
}
