// SPDX-License-Identifier: Apache-2.0

internal import Randomness
internal import Traffic

/// How a service spreads its connections over a day.
public enum Rhythm: Sendable {
  /// Every `period` seconds from a fixed phase, off by up to `late` seconds.
  case timetable(Double, late: Double)
  /// Sleeps, two-sided.
  case sleeps(Double, jitter: Double)
  case memoryless(Double)
  /// Sessions of people, `off` seconds apart on average, during working hours.
  case sessions(off: Double)
  /// Once a day at this hour, up to `within` hours later.
  case daily(hour: Double, within: Double)

  /// Times of one day, in seconds since boot.
  func times(_ day: Int, _ random: inout SplitMix64) -> [Double] {
    let start = Double(day) * RequestTimes.day
    switch self {
    case .timetable(let period, let late):
      // The phase belongs to the timetable, not to the day.
      let first = Int((start / period).rounded(.up))
      let last = Int(((start + RequestTimes.day) / period).rounded(.up))
      return (first..<last).map { Double($0) * period + random.uniform(0, late) }
    case .sleeps(let period, let jitter):
      return RequestTimes.beacon(period: period, jitter: jitter, .twoSided, &random).map {
        start + $0
      }
    case .memoryless(let mean):
      return RequestTimes.renewal(&random) { $0.exponential(mean) }.map { start + $0 }
    case .sessions(let off):
      let times = HumanTimes.sessions(
        off: off, think: 25, .logNormal, until: 9 * 3_600, &random)
      return day % 7 < 5 ? times.map { start + 8 * 3_600 + $0 } : []
    case .daily(let hour, let within):
      return [start + hour * 3_600 + random.uniform(0, within * 3_600)]
    }
  }
}

/// Bytes of one exchange, log-normal around medians.
public struct Amounts: Sendable {
  var sent: Double
  var received: Double
  var sigma: Double

  public init(_ sent: Double, _ received: Double, sigma: Double = 0.3) {
    self.sent = sent
    self.received = received
    self.sigma = sigma
  }

  func draw(_ random: inout SplitMix64) -> (sent: Double, received: Double) {
    (
      sent > 0 ? random.logNormal(median: sent, sigma: sigma) : 0,
      received > 0 ? random.logNormal(median: received, sigma: sigma) : 0
    )
  }
}

extension Service {
  /// A daemon that makes short connections.
  public static func client(
    _ name: String, _ program: Program, parent: String = "systemd", to remote: Remote,
    _ rhythm: Rhythm, _ amounts: Amounts, burst: Int = 1
  ) -> Service {
    Service(
      name, begin: { $0.daemon(name, program, parent: parent, at: 2) }
    ) { day, random in
      rhythm.times(day, &random).flatMap { time in
        (0..<burst).map { place in
          let bytes = amounts.draw(&random)
          let at = time + (place == 0 ? 0 : random.exponential(1.5) * Double(place))
          return Act(at) { writer in
            guard let image = writer.image(name) else { return }
            writer.visit(
              image, remote, at: at, sent: bytes.sent, received: bytes.received)
          }
        }
      }
    }
  }

  /// A job: cron, then a shell with its line, then a program that connects; new processes each time.
  public static func cronJob(
    _ name: String, line: String, _ program: Program, to remote: Remote, _ rhythm: Rhythm,
    _ amounts: Amounts, visits: Int = 1
  ) -> Service {
    Service(name) { day, random in
      rhythm.times(day, &random).map { time in
        let bytes = (0..<visits).map { _ in amounts.draw(&random) }
        let pauses = (0..<visits).map { _ in random.exponential(0.4) + 0.05 }
        return Act(time) { writer in
          let shell = writer.start(
            .packaged("/usr/bin/dash", "dash", ["-c", line]), parent: writer.image("cron"),
            at: time)
          let image = writer.start(program, parent: shell, at: time + 0.01)
          var now = time + 0.02
          for (bytes, pause) in zip(bytes, pauses) where now < time + 2 {
            writer.visit(
              image, remote, at: now, sent: bytes.sent, received: bytes.received, lasting: 0.03)
            now += pause
          }
          writer.exit(image, at: now + 0.1)
          writer.exit(shell, at: now + 0.11)
        }
      }
    }
  }

  /// Connections from others to a daemon of this host.
  public static func server(
    _ name: String, _ program: Program, port: UInt16, clients: [UInt32], _ rhythm: Rhythm,
    _ amounts: Amounts
  ) -> Service {
    Service(
      name, begin: { $0.daemon(name, program, at: 2) }
    ) { day, random in
      rhythm.times(day, &random).map { time in
        let bytes = amounts.draw(&random)
        let client = clients[random.below(clients.count)]
        return Act(time) { writer in
          guard let image = writer.image(name) else { return }
          writer.serve(
            image, from: client, port: port, at: time, sent: bytes.received, received: bytes.sent)
        }
      }
    }
  }

  /// One connection that stays for days and is used again and again; opened anew on some days.
  public static func stream(
    _ name: String, _ program: Program, to remote: Remote, _ rhythm: Rhythm, _ amounts: Amounts,
    reopens: Double = 0.3
  ) -> Service {
    Service(
      name, begin: { $0.daemon(name, program, at: 2) }
    ) { day, random in
      var acts: [Act] = []
      let start = Double(day) * RequestTimes.day
      let at = start + random.uniform(10, RequestTimes.day - 10)
      let isReopened = random.chance(reopens)
      if day == 0 || isReopened {
        let time = day == 0 ? start + 20 : at
        acts.append(
          Act(time) { writer in
            guard let image = writer.image(name) else { return }
            writer.close(name, at: time - 0.5)
            writer.open(name, image, remote, at: time)
          })
      }
      for time in rhythm.times(day, &random) {
        let bytes = amounts.draw(&random)
        acts.append(
          Act(time) { $0.exchange(name, at: time, sent: bytes.sent, received: bytes.received) })
      }
      return acts
    }
  }
}
