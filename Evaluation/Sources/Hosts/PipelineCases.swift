// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

/// Beacons through the whole pipeline on a host that does nothing else: what is asked is only
/// whether the behaviour is found, when, and as how many findings.
public enum PipelineCases {
  /// A host whose only service is cron.
  public static func emptyHost(seed: Int) -> SimulatedHost {
    SimulatedHost(
      [
        Service("cron", begin: { $0.daemon("cron", .packaged("/usr/sbin/cron", "cron"), at: 2) }) {
          _, _ in []
        }
      ], seed: SplitMix64(cell: "empty host", seed: seed))
  }

  public static let padding: [Implant] = [0, 0.2, 0.4, 0.6].map { share in
    .resident(
      "payload jitter \(Int(share * 100)) %, T=60 s, 20 %", .medium, binary, period: 60,
      jitter: 0.2, hours: 2, padding: share)
  }

  public static let rotation: [Implant] = [1, 3, 8].map { count in
    .resident(
      "rotates over \(count) address\(count == 1 ? "" : "es"), T=60 s, 20 %", .medium, binary,
      period: 60, jitter: 0.2, hours: 8,
      to: { _, random in
        Implant.server(UInt32(10 + random.below(count)), name: "cdn.rot.example")
      })
  }

  public static let failing: [Implant] = [CloseReason.refused, .timeout].map { reason in
    Implant(
      name: "\(reason == .refused ? "refused" : "unanswered") connects, T=60 s, 20 %",
      expected: .medium, period: 60, hours: 2
    ) { start, random in
      [begin(start)]
        + Implant.times(start + 1, 60, 0.2, hours: 2, &random).map { time in
          Act(time) { writer in
            guard let image = writer.image("implant") else { return }
            writer.fail(
              image, Implant.server(), at: time, reason: reason,
              after: reason == .timeout ? 2.5 : 0.02)
          }
        }
    }
  }

  public static let longConnections: [Implant] =
    [(60.0, 0.0), (60, 0.2), (300, 0.2), (5, 0.2)].map { period, jitter in
      sends("one connection, a send every \(Int(period)) s, \(Int(jitter * 100)) %", period) {
        start, random in
        Implant.times(start, period, jitter, hours: max(2, period / 60), &random)
      }
    }

  /// Pauses of .5 s, doubling to 60 s, which then stay.
  public static let backOff = sends("one connection, pauses from .5 s doubling to 60 s", 60) {
    start, random in
    var pause = 0.5
    return RequestTimes.renewal(until: start + 7_200, from: start, &random) {
      defer { pause = min(pause * 2, 60) }
      return pause * (1 + 0.1 * $0.uniform(-1, 1))
    }
  }

  /// The process that beacons also browses, elsewhere.
  public static let amongOthers = Implant(
    name: "in a process that browses elsewhere, T=60 s, 20 %", expected: .medium, period: 60,
    hours: 2
  ) { start, random in
    let human = HumanTimes.sessions(
      off: 300, think: 20, .logNormal, until: 7_200, &random
    ).map { time -> Act in
      let remote = Remote(
        [0x5db8_d800 | UInt32(random.below(200))], port: 443, name: "site.example",
        speech: .tls(client: 2))
      return Act(start + 1 + time, isVisit: false) { writer in
        guard let image = writer.image("implant") else { return }
        writer.visit(image, remote, at: start + 1 + time, sent: 600, received: 20_000)
      }
    }
    return [begin(start)] + human
      + Implant.times(start + 1, 60, 0.2, hours: 2, &random).map { time in
        Act(time) { writer in
          guard let image = writer.image("implant") else { return }
          writer.visit(image, Implant.server(), at: time, sent: 350, received: 180)
        }
      }
  }

  public static let newProcess = Implant(
    name: "a new process each visit, T=60 s, 20 %", expected: .medium, period: 60, hours: 2
  ) { start, random in
    Implant.times(start, 60, 0.2, hours: 2, &random).map { time in
      Act(time) { writer in
        let image = writer.start(binary, parent: writer.image("cron"), at: time)
        writer.visit(image, Implant.server(), at: time + 0.05, sent: 350, received: 180)
        writer.exit(image, at: time + 0.4)
      }
    }
  }

  public static let all =
    padding + rotation + failing + longConnections + [backOff, amongOthers, newProcess]

  private static let binary = Program.user("/tmp/.c/agent")

  private static func begin(_ start: Double) -> Act {
    Act(start, isVisit: false) { writer in
      writer.daemon("implant", binary, parent: "cron", at: start, found: false)
    }
  }

  private static func sends(
    _ name: String, _ period: Double,
    _ times: @escaping @Sendable (Double, inout SplitMix64) -> [Double]
  ) -> Implant {
    Implant(name: name, expected: .medium, period: period, hours: max(2, period / 60)) {
      start, random in
      [
        Act(start, isVisit: false) { writer in
          let image = writer.daemon("implant", binary, parent: "cron", at: start, found: false)
          writer.open("implant", image, Implant.server(), at: start + 1)
        }
      ]
        + times(start + 1, &random).map { time in
          Act(time) { $0.exchange("implant", at: time, sent: 90, received: 60) }
        }
    }
  }
}
