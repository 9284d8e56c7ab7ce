// SPDX-License-Identifier: Apache-2.0

public import Randomness
internal import Traffic
public import Wire

/// One kind of malicious behaviour on a host, with the truth about it.
public struct Implant: Sendable {
  public let name: String
  /// Least severity that its finding should have.
  public let expected: Expectation
  /// The mean time between visits where there is a clock, in seconds.
  public let period: Double?
  /// Hours within which it should be found.
  public let hours: Double
  /// Acts from `start` on, in seconds since boot.
  public let plan: @Sendable (_ start: Double, _ random: inout SplitMix64) -> [Act]

  /// `nothing` is a miss that the rules allow, or a harmless change that should stay silent.
  public enum Expectation: String, Sendable {
    case nothing, low, medium, high
  }

  /// Every implant calls this network (TEST-NET-3), and nothing else does.
  public static func isControl(_ address: IPAddress) -> Bool {
    address.isIPv4 && address.ipv4 >> 8 == 0xcb_0071
  }

  /// Those that also call elsewhere are told by their directory.
  public static func isImplant(_ path: String) -> Bool { path.contains("/.imp/") }

  static func control(_ last: UInt32 = 9) -> UInt32 { 0xcb00_7100 | last }
}

extension Implant {
  typealias Visit = @Sendable (inout HostWriter, ImageKey, Double, inout SplitMix64) -> Void

  static func server(
    _ last: UInt32 = 9, port: UInt16 = 443, name: String? = nil,
    speech: Remote.Speech = .tls(client: 99)
  ) -> Remote {
    Remote([control(last)], port: port, name: name, speech: speech)
  }

  /// Times of an implant that sleeps.
  static func times(
    _ start: Double, _ period: Double, _ jitter: Double, hours: Double, missing: Double = 0,
    _ random: inout SplitMix64
  ) -> [Double] {
    RequestTimes.beacon(
      period: period, jitter: jitter, .twoSided, until: start + hours * 3_600, missing: missing,
      from: start, &random)
  }

  /// A process that stays, and visits; `clock` is the period of each of its destinations, where that
  /// is another than its own.
  static func resident(
    _ name: String, _ expected: Expectation, _ program: Program, parent: String = "cron",
    period: Double, clock: Double? = nil, jitter: Double, hours: Double, missing: Double = 0,
    padding: Double = 0.1,
    to remote: @escaping @Sendable (Int, inout SplitMix64) -> Remote = { _, _ in server() }
  ) -> Implant {
    Implant(name: name, expected: expected, period: clock ?? period, hours: hours) {
      start, random in
      var acts = [
        Act(start, isVisit: false) { writer in
          writer.daemon("implant", program, parent: parent, at: start, found: false)
        }
      ]
      let visits = times(start + 1, period, jitter, hours: hours, missing: missing, &random)
      for (place, time) in visits.enumerated() {
        let remote = remote(place, &random)
        let sent = 350 * (1 + padding * random.uniform(-1, 1))
        let received = 180 * (1 + padding * random.uniform(-1, 1))
        acts.append(
          Act(time) { writer in
            guard let image = writer.image("implant") else { return }
            writer.visit(image, remote, at: time, sent: sent, received: received)
          })
      }
      return acts
    }
  }
}
