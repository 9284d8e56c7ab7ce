// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

/// The kinds of host whose ordinary days are looked at.
public enum Role: String, CaseIterable, Sendable {
  case web = "web + proxy"
  case node = "container node"
  case ci = "CI runner"
  case database = "database"
  case java = "Java"
  case agents = "agents + apt"

  /// The configured role, where verdicts depend on it.
  public var configuration: String? { self == .ci ? "ci" : nil }

  static let runnerUnit = "gitlab-runner.service"

  /// Units that such a host's inventory declares: the runner of a CI host.
  ///
  /// Where it talks to is left to the sensor to learn.
  public var declaredUnits: [String] { self == .ci ? [Self.runnerUnit] : [] }

  /// One host of this role; its addresses, periods and rates are drawn from the seed.
  public func host(seed: Int) -> SimulatedHost {
    var random = SplitMix64(cell: "host: " + rawValue, seed: seed)
    let common = CommonServices(&random)
    let own =
      switch self {
      case .web: RoleServices.web(&random)
      case .node: RoleServices.node(&random)
      case .ci: RoleServices.ci(&random)
      case .database: RoleServices.database(&random)
      case .java: RoleServices.java(&random)
      case .agents: RoleServices.agents(&random)
      }
    return SimulatedHost(common.all + own, seed: SplitMix64(seed: random.next()))
  }
}

/// Addresses for made-up services; implants call 203.0.113.0/24, and nothing else does.
struct AddressPlan {
  /// An address in the outside world that no documentation range holds and no host here uses.
  static func external(_ random: inout SplitMix64) -> UInt32 {
    UInt32(23 + random.below(70)) << 24 | UInt32(random.below(1 << 24))
  }

  static func inside(_ random: inout SplitMix64) -> UInt32 {
    0x0a00_0000 | UInt32(random.below(1 << 16)) << 4 | UInt32(1 + random.below(14))
  }

  static func tls(
    _ name: String, addresses: Int = 1, client: UInt16 = 1, _ random: inout SplitMix64
  ) -> Remote {
    Remote(
      (0..<addresses).map { _ in external(&random) }, port: 443, name: name,
      speech: .tls(client: client))
  }

  static func inside(_ port: UInt16, _ speech: Remote.Speech, _ random: inout SplitMix64) -> Remote
  {
    Remote([inside(&random)], port: port, name: nil, speech: speech)
  }
}

/// What nearly every server does, whatever it is for.
struct CommonServices {
  let all: [Service]

  init(_ random: inout SplitMix64) {
    let mirror = Remote(
      (0..<2).map { _ in AddressPlan.external(&random) }, port: 80, name: "deb.debian.org",
      speech: .http)
    let logs = AddressPlan.inside(6_514, .tls(client: 7), &random)
    let ping = AddressPlan.tls("hc-ping.example.com", client: 1, &random)
    let metadata = Remote([0xa9fe_a9fe], port: 80, name: nil, speech: .http)
    let monitor = AddressPlan.inside(&random)
    let admin = AddressPlan.inside(&random)
    let vendor = AddressPlan.tls("agent.vendor.example", addresses: 2, client: 2, &random)
    let every = [5, 10, 15][random.below(3)]
    all = [
      Service("cron", begin: { $0.daemon("cron", .packaged("/usr/sbin/cron", "cron"), at: 2) }) {
        _, _ in []
      },
      .cronJob(
        "heartbeat", line: "curl -fsS https://hc-ping.example.com/b1946ac9",
        .packaged("/usr/bin/curl", "curl", ["-fsS", "https://hc-ping.example.com/b1946ac9"]),
        to: ping, .timetable(Double(every) * 60, late: 1.5), Amounts(120, 300, sigma: 0.02)),
      .cronJob(
        "apt", line: "/usr/lib/apt/apt.systemd.daily update",
        .packaged("/usr/lib/apt/methods/http", "apt", uid: 42), to: mirror,
        .daily(hour: 6, within: 1), Amounts(300, 60_000, sigma: 1), visits: 12),
      .stream(
        "rsyslogd", .packaged("/usr/sbin/rsyslogd", "rsyslog", unit: "rsyslog.service"), to: logs,
        .memoryless(150), Amounts(700, 0, sigma: 0.8)),
      .client(
        "cloud-agent",
        .packaged("/usr/bin/google_guest_agent", "guest-agent", unit: "guest-agent.service"),
        to: metadata, .sleeps(120, jitter: 0.02), Amounts(180, 600, sigma: 0.05)),
      .server(
        "node-exporter",
        .packaged(
          "/usr/bin/prometheus-node-exporter", "prometheus-node-exporter",
          unit: "prometheus-node-exporter.service"), port: 9_100, clients: [monitor],
        .timetable(60, late: 0.1), Amounts(200, 40_000, sigma: 0.05)),
      .server(
        "sshd", .packaged("/usr/sbin/sshd", "openssh-server", unit: "ssh.service"), port: 22,
        clients: [admin], .memoryless(20_000), Amounts(4_000, 9_000, sigma: 1)),
      .client(
        "vendor-agent",
        .packaged("/opt/vendor/agent/agentd", "vendor-agent", unit: "vendor-agent.service"),
        to: vendor, .sleeps(300, jitter: 0.1), Amounts(900, 400, sigma: 0.2)),
    ]
  }
}
