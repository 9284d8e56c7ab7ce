// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

extension Implant {
  /// Harmless things that are new on a host that knows its habits: what a roll-out costs.
  ///
  /// A finding that was told while the host was learned, and is open, is none that is new: what goes
  /// on under a known name is silent. Written as implants are, on the same copies of the same hosts, and towards the same network, so
  /// that what is told about them can be told apart.
  public static let changes: [Implant] = [
    resident(
      "a packaged agent is rolled out, T=60 s, 10 %", .medium,
      .packaged("/usr/bin/new-agent", "new-agent", unit: "new-agent.service"), parent: "systemd",
      period: 60, jitter: 0.1, hours: 24,
      to: { _, _ in server(50, name: "intake.agent.example", speech: .tls(client: 21)) }),
    resident(
      "a user's own tool looks for updates, hourly, 5 %", .medium,
      .user("/home/dev/.local/bin/tool"), parent: "systemd", period: 3_600, jitter: 0.05,
      hours: 24,
      to: { _, _ in server(51, name: "releases.tool.example", speech: .tls(client: 22)) }),
    agent("the vendor's agent gets a new address, T=300 s, 10 %", .nothing) { writer, image, time in
      writer.visit(
        image, server(52, name: "agent.vendor.example", speech: .tls(client: 2)), at: time,
        sent: 900, received: 400)
    },
    agent("the vendor's agent speaks another TLS library, new address", .nothing) {
      writer, image, time in
      writer.visit(
        image, server(53, name: "agent.vendor.example", speech: .tls(client: 23)), at: time,
        sent: 900, received: 400)
    },
    agent("the vendor's agent's new server is down, T=300 s, 10 %", .nothing) {
      writer, image, time in
      writer.fail(
        image, server(54, name: "agent.vendor.example", speech: .tls(client: 2)), at: time)
    },
    curl(
      "root adds a cron job: curl, T=300 s", .medium, shell: "cron", period: 300, late: 1.5,
      hours: 24),
    curl(
      "an administrator runs watch -n 10 curl for an hour", .medium, shell: "sshd", period: 10,
      late: 0.05, hours: 1),
  ]

  /// The host's own agent, at its own pace.
  private static func agent(
    _ name: String, _ expected: Expectation,
    _ visit: @escaping @Sendable (inout HostWriter, ImageKey, Double) -> Void
  ) -> Implant {
    Implant(name: name, expected: expected, period: 300, hours: 24) { start, random in
      times(start + 1, 300, 0.1, hours: 24, &random).map { time in
        Act(time) { writer in
          guard let image = writer.image("vendor-agent") else { return }
          visit(&writer, image, time)
        }
      }
    }
  }

  private static func curl(
    _ name: String, _ expected: Expectation, shell parent: String, period: Double, late: Double,
    hours: Double
  ) -> Implant {
    Implant(name: name, expected: expected, period: period, hours: hours) { start, random in
      (0..<Int(hours * 3_600 / period)).map { place in
        let time = start + Double(place) * period + random.uniform(0, late)
        return Act(time) { writer in
          let line = "curl -fsS https://status.example.org/ok"
          let shell = writer.start(
            .packaged("/usr/bin/dash", "dash", ["-c", line]), parent: writer.image(parent),
            at: time)
          let curl = writer.start(
            .packaged("/usr/bin/curl", "curl", ["-fsS", "https://status.example.org/ok"]),
            parent: shell, at: time + 0.01)
          writer.visit(
            curl, server(55, name: "status.example.org", speech: .tls(client: 1)),
            at: time + 0.05, sent: 120, received: 300)
          writer.exit(curl, at: time + 0.4)
          writer.exit(shell, at: time + 0.41)
        }
      }
    }
  }
}
