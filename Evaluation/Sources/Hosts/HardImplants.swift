// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

extension Implant {
  /// Kinds that were written down to be hard, and that no rule was made for.
  ///
  /// What is expected of each is what the rules of docs/findings.md give, a miss included.
  public static let hard: [Implant] = [
    resident(
      "hard: home binary, T=60 s, 90 % jitter", .medium, .user("/home/dev/.imp/j"), period: 60,
      jitter: 0.9, hours: 10),
    resident(
      "hard: root's own binary, T=300 s, 30 %", .medium, .installed("/usr/local/sbin/.imp/d"),
      period: 300, jitter: 0.3, hours: 12),
    resident(
      "hard: to a private relay, home binary, T=60 s, 20 %", .low, .user("/home/dev/.imp/p"),
      period: 60, jitter: 0.2, hours: 4,
      to: { _, _ in Remote([0x0afe_0909], port: 443, name: nil, speech: .tls(client: 99)) }),
    twoServers, workingHours, daily,
    clockless(
      "hard: no clock, root's own binary, every 15 min on average", .nothing,
      .installed("/usr/local/sbin/.imp/n"), hours: 20
    ) { $0.exponential(900) },
    clockless(
      "hard: heavy-tailed pauses, home binary", .medium, .user("/home/dev/.imp/h"), hours: 22
    ) { $0.logNormal(median: 400, sigma: 1.2) },
    clockless(
      "hard: no clock, home binary, gone after 5 h", .nothing, .user("/home/dev/.imp/g"), hours: 5
    ) { $0.exponential(1_200) },
    clockless(
      "hard: 30 kB an hour out over TLS, answered, home binary", .medium,
      .user("/home/dev/.imp/e"), hours: 30, sent: 30_000, received: 3_000
    ) { $0.exponential(3_600) },
  ]

  private static let twoServers = resident(
    "hard: two servers in turn, in different networks, T=300 s, 20 %", .high,
    .user("/tmp/.imp/t"), period: 300, clock: 600, jitter: 0.2, hours: 16,
    to: { place, _ in
      place.isMultiple(of: 2)
        ? server(40)
        : Remote([0xc633_6428], port: 443, name: nil, speech: .tls(client: 99))
    })

  /// Nine hours a day, on two days.
  private static let workingHours = Implant(
    name: "hard: in working hours alone, /tmp, T=600 s, 40 %", expected: .high, period: 600,
    hours: 34
  ) { start, random in
    var visits = times(start + 1, 600, 0.4, hours: 9, &random)
    visits += times(start + 86_400, 600, 0.4, hours: 9, &random)
    return begin(start, .user("/tmp/.imp/w")) + visits.map { visit(at: $0, 350, 180) }
  }

  /// A line in root's crontab that only uses what the host has.
  private static let daily = Implant(
    name: "hard: root's cron, packaged curl, once a day", expected: .low, period: 86_400,
    hours: 5.2 * 24
  ) { start, random in
    (0..<6).map { day in
      let time = start + Double(day) * 86_400 + random.uniform(0, 30)
      return Act(time) { writer in
        let line = "curl -s https://update.example.net/v"
        let shell = writer.start(
          .packaged("/usr/bin/dash", "dash", ["-c", line]), parent: writer.image("cron"), at: time)
        let curl = writer.start(
          .packaged("/usr/bin/curl", "curl", ["-s", "https://update.example.net/v"]),
          parent: shell, at: time + 0.01)
        writer.visit(
          curl, server(41, name: "update.example.net", speech: .tls(client: 1)), at: time + 0.05,
          sent: 90, received: 700)
        writer.exit(curl, at: time + 0.4)
        writer.exit(shell, at: time + 0.41)
      }
    }
  }

  private static func clockless(
    _ name: String, _ expected: Expectation, _ program: Program, hours: Double, sent: Double = 400,
    received: Double = 200, pause: @escaping @Sendable (inout SplitMix64) -> Double
  ) -> Implant {
    Implant(name: name, expected: expected, period: nil, hours: hours) { start, random in
      let times = RequestTimes.renewal(
        until: start + hours * 3_600, from: start + 1, &random, pause: pause)
      return begin(start, program) + times.map { visit(at: $0, sent, received) }
    }
  }

  private static func begin(_ start: Double, _ program: Program) -> [Act] {
    [
      Act(start, isVisit: false) { writer in
        writer.daemon("implant", program, parent: "cron", at: start, found: false)
      }
    ]
  }

  private static func visit(at time: Double, _ sent: Double, _ received: Double) -> Act {
    Act(time) { writer in
      guard let image = writer.image("implant") else { return }
      writer.visit(image, server(), at: time, sent: sent, received: received)
    }
  }
}
