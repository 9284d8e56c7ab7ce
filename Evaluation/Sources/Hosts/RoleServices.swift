// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic
internal import Wire

/// What each role does beside the common services.
enum RoleServices {
  static func web(_ random: inout SplitMix64) -> [Service] {
    let upstream = AddressPlan.inside(8_080, .http, &random)
    let checked = AddressPlan.inside(8_081, .http, &random)
    let acme = AddressPlan.tls("acme-v02.api.example.org", client: 3, &random)
    let payments = AddressPlan.tls("api.payments.example", addresses: 3, client: 4, &random)
    let visitors = (0..<40).map { _ in AddressPlan.external(&random) }
    return [
      .server(
        "nginx", .packaged("/usr/sbin/nginx", "nginx", unit: "nginx.service", uid: 33), port: 443,
        clients: visitors, .memoryless(120), Amounts(800, 9_000, sigma: 1)),
      .client(
        "nginx-upstream", .packaged("/usr/sbin/nginx", "nginx", unit: "nginx.service", uid: 33),
        to: upstream, .memoryless(120), Amounts(900, 8_000, sigma: 1)),
      .client(
        "haproxy", .packaged("/usr/sbin/haproxy", "haproxy", unit: "haproxy.service", uid: 110),
        to: checked, .timetable(60, late: 0.05), Amounts(90, 150, sigma: 0.01)),
      .client(
        "php-fpm", .packaged("/usr/sbin/php-fpm8.4", "php8.4-fpm", unit: "php8.4-fpm.service"),
        to: payments, .memoryless(240), Amounts(1_500, 2_500, sigma: 0.7)),
      .cronJob(
        "certbot", line: "certbot -q renew",
        .packaged(
          "/usr/bin/python3.13", "python3.13-minimal", ["/usr/bin/certbot", "-q", "renew"]
        ).running("/usr/bin/certbot", of: "certbot"), to: acme, .daily(hour: 12, within: 12),
        Amounts(900, 4_000),
        visits: 3),
    ]
  }

  static func node(_ random: inout SplitMix64) -> [Service] {
    let pods = (0..<2).map { _ in AddressPlan.inside(8_080, .http, &random) }
    let control = AddressPlan.inside(6_443, .tls(client: 5), &random)
    let registry = AddressPlan.tls("registry.example.io", addresses: 2, client: 5, &random)
    let api = AddressPlan.tls("api.weather.example", addresses: 2, client: 6, &random)
    let collector = AddressPlan.inside(24_224, .binary, &random)
    let queue = AddressPlan.tls("sqs.cloud.example", addresses: 4, client: 6, &random)
    let consul = AddressPlan.inside(8_300, .binary, &random)
    let kubelet = Program.packaged("/usr/bin/kubelet", "kubelet", unit: "kubelet.service")
    return [
      .client("kubelet-a", kubelet, to: pods[0], .timetable(60, late: 0.2), Amounts(110, 130)),
      .client("kubelet-b", kubelet, to: pods[1], .timetable(120, late: 0.2), Amounts(110, 130)),
      .stream("kubelet-api", kubelet, to: control, .sleeps(40, jitter: 0.1), Amounts(1_800, 700)),
      .client(
        "containerd", .packaged("/usr/bin/containerd", "containerd", unit: "containerd.service"),
        to: registry, .memoryless(14_400), Amounts(600, 4_000_000, sigma: 1), burst: 6),
      .client(
        "app", .contained("/app/server", image: "registry.example.io/shop/app:1.4"), to: api,
        .memoryless(120), Amounts(400, 3_000, sigma: 0.8)),
      .client(
        "worker", .contained("/app/worker", image: "registry.example.io/shop/worker:1.4"),
        to: queue, .sleeps(30.2, jitter: 0.01), Amounts(500, 260, sigma: 0.05)),
      .stream(
        "fluent-bit",
        .contained("/fluent-bit/bin/fluent-bit", image: "cr.fluentbit.example/fluent-bit:4.0"),
        to: collector, .timetable(30, late: 0.3), Amounts(2_600, 40, sigma: 0.6)),
      .stream(
        "consul", .packaged("/usr/bin/consul", "consul", unit: "consul.service"), to: consul,
        .sleeps(30, jitter: 0.05), Amounts(140, 130, sigma: 0.1)),
    ]
  }

  static func ci(_ random: inout SplitMix64) -> [Service] {
    let forge = AddressPlan.tls("forge.example.com", addresses: 2, client: 8, &random)
    let npm = AddressPlan.tls("registry.npmjs.example", addresses: 4, client: 9, &random)
    let pypi = AddressPlan.tls("files.pythonhosted.example", addresses: 2, client: 10, &random)
    let artifacts = AddressPlan.tls("artifacts.example.com", addresses: 1, client: 8, &random)
    let runner = Program.packaged(
      "/usr/bin/gitlab-runner", "gitlab-runner", unit: Role.runnerUnit)
    return [
      .client("runner", runner, to: forge, .sleeps(50, jitter: 0.04), Amounts(1_100, 420)),
      .jobs("npm", every: 5_400, to: npm, requests: 40) { job in
        .packaged("/usr/bin/node", "nodejs", ["/usr/bin/npm", "ci"], uid: 998)
          .running("/usr/bin/npm", of: "npm")
      },
      .jobs("pip", every: 7_200, to: pypi, requests: 20) { job in
        .user(
          "/home/gitlab-runner/builds/\(job)/venv/bin/pip", ["install", "-r", "r.txt"], uid: 998)
      },
      .jobs("integration", every: 10_800, to: artifacts, requests: 6) { job in
        .user("/tmp/build-\(job)/out/integration-test", ["--report"], uid: 998)
      },
    ]
  }

  static func database(_ random: inout SplitMix64) -> [Service] {
    let primary = AddressPlan.inside(5_432, .postgres, &random)
    let storage = AddressPlan.tls("s3.storage.example", addresses: 4, client: 11, &random)
    let clients = (0..<6).map { _ in AddressPlan.inside(&random) }
    let postgres = Program.packaged(
      "/usr/lib/postgresql/17/bin/postgres", "postgresql-17", unit: "postgresql.service", uid: 105)
    let backrest = Program.packaged("/usr/bin/pgbackrest", "pgbackrest", uid: 105)
    return [
      .server(
        "postgres", postgres, port: 5_432, clients: clients, .memoryless(90),
        Amounts(600, 5_000, sigma: 1)),
      .stream(
        "walreceiver", postgres, to: primary, .timetable(30, late: 0.05),
        Amounts(40, 9_000, sigma: 0.8)),
      .client(
        "archive", backrest, parent: "postgres", to: storage, .memoryless(400),
        Amounts(1_500_000, 500, sigma: 0.9)),
      .cronJob(
        "backup", line: "pgbackrest --stanza=main --type=diff backup", backrest, to: storage,
        .daily(hour: 2, within: 0.2), Amounts(40_000_000, 800, sigma: 0.4), visits: 4),
    ]
  }

  static func java(_ random: inout SplitMix64) -> [Service] {
    let database = AddressPlan.inside(5_432, .postgres, &random)
    let broker = AddressPlan.inside(9_092, .binary, &random)
    let partner = AddressPlan.tls("api.partner.example", addresses: 2, client: 12, &random)
    let apm = AddressPlan.tls("apm.observe.example", addresses: 3, client: 12, &random)
    let java = Program.packaged(
      "/usr/lib/jvm/java-21-openjdk-amd64/bin/java", "openjdk-21-jre-headless",
      ["-jar", "/opt/shop/shop.jar"], unit: "shop.service", uid: 990
    ).running("/opt/shop/shop.jar")
    let clients = (0..<4).map { _ in AddressPlan.inside(&random) }
    return [
      .server(
        "shop", java, port: 8_080, clients: clients, .memoryless(120),
        Amounts(700, 4_000, sigma: 1)),
      .stream("pool", java, to: database, .timetable(60, late: 0.02), Amounts(60, 40, sigma: 0.01)),
      .stream("kafka", java, to: broker, .sleeps(30, jitter: 0.02), Amounts(90, 60, sigma: 0.2)),
      .client("partner", java, to: partner, .memoryless(180), Amounts(2_000, 3_000, sigma: 0.8)),
      .client("apm", java, to: apm, .timetable(60, late: 0.05), Amounts(5_000, 150, sigma: 0.5)),
      .client(
        "outbox", java, to: AddressPlan.tls("hooks.partner.example", client: 12, &random),
        .sessions(off: 1_500), Amounts(900, 300, sigma: 0.5)),
    ]
  }

  static func agents(_ random: inout SplitMix64) -> [Service] {
    let edr = AddressPlan.tls("edr.security.example", addresses: 2, client: 13, &random)
    let shipper = AddressPlan.tls("intake.logs.example", addresses: 1, client: 14, &random)
    let snap = AddressPlan.tls("api.snapcraft.example", addresses: 3, client: 15, &random)
    let check = Remote(
      [AddressPlan.external(&random)], port: 80, name: "connectivity-check.example", speech: .http)
    let chat = AddressPlan.tls("wss.chat.example", client: 16, &random)
    let carbon = AddressPlan.inside(2_003, .none, &random)
    return [
      .client(
        "edr", .packaged("/opt/edr/bin/falcond", "edr-sensor", unit: "edr.service"), to: edr,
        .sleeps(60, jitter: 0.1), Amounts(700, 350, sigma: 0.1)),
      .stream(
        "filebeat",
        .packaged("/usr/share/filebeat/bin/filebeat", "filebeat", unit: "filebeat.service"),
        to: shipper, .timetable(60, late: 0.3), Amounts(8_000, 120, sigma: 0.8)),
      .client(
        "snapd", .packaged("/usr/lib/snapd/snapd", "snapd", unit: "snapd.service"), to: snap,
        .sleeps(21_600, jitter: 0.4), Amounts(2_500, 30_000, sigma: 0.5), burst: 4),
      .client(
        "NetworkManager",
        .packaged("/usr/sbin/NetworkManager", "network-manager", unit: "NetworkManager.service"),
        to: check, .timetable(300, late: 0.5), Amounts(90, 190, sigma: 0.01)),
      .stream(
        "bot", .packaged("/usr/bin/mattermost-bot", "chat-bot", unit: "chat-bot.service"),
        to: chat, .timetable(60, late: 0.1), Amounts(14, 10, sigma: 0.01)),
      .client(
        "collectd", .packaged("/usr/sbin/collectd", "collectd", unit: "collectd.service"),
        to: carbon, .timetable(60, late: 0.02), Amounts(1_800, 0, sigma: 0.1)),
    ]
  }
}

extension Service {
  /// Build jobs: each a new process, of a path that may name the job, fetching in one go.
  static func jobs(
    _ name: String, every mean: Double, to remote: Remote, requests: Int,
    _ program: @escaping @Sendable (_ job: Int) -> Program
  ) -> Service {
    Service(name) { day, random in
      Rhythm.memoryless(mean).times(day, &random).flatMap { time -> [Act] in
        let job = random.below(1_000_000)
        let key = "\(name)-\(job)"
        var acts = [
          Act(time) { writer in
            // The runner's shell executor starts them: they stay in its control group.
            var program = program(job)
            program.unit = Role.runnerUnit
            writer.daemon(key, program, parent: "runner", at: time, found: false)
          }
        ]
        var now = time + 1
        for _ in 0..<(1 + random.below(2 * requests)) {
          now += random.logNormal(median: 0.8, sigma: 1.2)
          let at = now
          let bytes = Amounts(700, 40_000, sigma: 1.2).draw(&random)
          acts.append(
            Act(at) { writer in
              guard let image = writer.image(key) else { return }
              writer.visit(image, remote, at: at, sent: bytes.sent, received: bytes.received)
            })
        }
        let end = now + 5
        acts.append(Act(end) { writer in writer.stop(key, at: end) })
        return acts
      }
    }
  }
}
