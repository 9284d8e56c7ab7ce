// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Wire

/// Who tells of much sent, worked out anew from the whole history at every step.
struct ExcessReference {
  struct Step {
    let time: Double
    let remote: Endpoint
    /// The HTTP Host, if any.
    let host: String?
    let sent: UInt64
    let received: UInt64

    var day: UInt32 { UInt32(time / 86_400) }
    var address: Destination { .endpoint(remote, namespace: 0) }
    var network: Destination? { Destination(networkOf: remote) }
    var name: Destination? {
      host.flatMap {
        Destination(name: $0, port: remote.port, scope: DestinationScope(remote.address))
      }
    }

    /// Narrowest first.
    var keys: [Destination] { [address, network, name, .all(.external)].compactMap(\.self) }
  }

  private static let claimSeconds = 86_400.0

  private(set) var told: [(key: Destination, day: UInt32, time: Double)] = []
  private var history: [UInt32: [Step]] = [:]
  private var toldDay: [Destination: UInt32] = [:]
  private var toldUntil: [Destination: Double] = [:]
  private var coveredUntil: [Destination: Double] = [:]

  init(_ steps: [Step]) {
    for step in steps { take(step) }
  }

  private mutating func take(_ step: Step) {
    history[step.day, default: []].append(step)
    let now = step.time
    let reached = step.keys.filter { isReached($0, at: step) }
    let choice =
      reached.first { now < toldUntil[$0] ?? 0 } ?? reached.first { now >= coveredUntil[$0] ?? 0 }
    guard let choice else { return }
    told.append((choice, step.day, now))
    toldDay[choice] = step.day
    // Narrower keys leave it to this one. Wider ones do not count what it tells: they are not held.
    for key in step.keys.prefix(while: { $0 != choice }) {
      coveredUntil[key] = max(coveredUntil[key] ?? 0, now + Self.claimSeconds)
    }
    toldUntil[choice] = now + Self.claimSeconds
    coveredUntil[choice] = nil
  }

  /// What a key counts of a step: nothing that a narrower key of it tells.
  private func counts(_ key: Destination, _ step: Step) -> Bool {
    guard let place = step.keys.firstIndex(of: key) else { return false }
    return step.keys[..<place].allSatisfy { toldDay[$0].map { step.day > $0 } ?? true }
  }

  func sums(_ key: Destination, on day: UInt32) -> (sent: UInt64, received: UInt64) {
    (history[day] ?? []).lazy.filter { counts(key, $0) }
      .reduce((0, 0)) { ($0.0 + $1.sent, $0.1 + $1.received) }
  }

  /// Five megabytes, five times as much as came back, within some of the last 14 days; of a wide
  /// key no address with more than four fifths of it, where the key does not tell already.
  private func isReached(_ key: Destination, at step: Step) -> Bool {
    var best: (ratio: Double, sent: UInt64, first: UInt32)?
    var (sent, received): (UInt64, UInt64) = (0, 0)
    for age in 0..<min(14, step.day + 1) {
      let sums = sums(key, on: step.day - age)
      sent += sums.sent
      received += sums.received
      let ratio = Double(sent) / Double(max(received, 1))
      if sent >= 5_000_000, ratio >= 5, ratio > best?.ratio ?? 0 {
        best = (ratio, sent, step.day - age)
      }
    }
    guard let best else { return false }
    let isSettled = step.time < max(toldUntil[key] ?? 0, coveredUntil[key] ?? 0)
    guard key.isWide, !isSettled else { return true }
    var members: [Endpoint: UInt64] = [:]
    for day in best.first...step.day {
      for other in history[day] ?? [] where counts(key, other) {
        members[other.remote, default: 0] += other.sent
      }
    }
    return !members.values.contains { Double($0) > 0.8 * Double(best.sent) }
  }

  static func kind(_ key: Destination) -> String {
    switch key {
    case .endpoint, .forwarder: "address"
    case .network: "network"
    case .name: "name"
    case .all: "all"
    }
  }

  /// Uploads over weeks to seven addresses in three networks; who gets most changes with the days.
  static func steps(seed: Int) -> [Step] {
    var random = SplitMix64(seed: seed)
    var time = 100.0
    var steps: [Step] = []
    let networks = ["203.0.113", "198.51.100", "192.0.2"]
    for _ in 0..<220 {
      let pause = random.next() % 10
      time += 600 + Double(random.next() % (pause < 7 ? 9_000 : 200_000))
      if random.next() % 60 == 0 { time += 15 * 86_400 }
      let mood = UInt64(time / 400_000)
      let host =
        random.next() % 3 == 0 ? random.next() % 7 : (mood + random.next() % (1 + mood % 4)) % 7
      let isAnswered = (mood + host) % 5 == 0
      let sent = 20_000 + random.next() % 1_800_000
      steps.append(
        Step(
          time: time,
          remote: EventScript.endpoint("\(networks[Int(host) % 3]).\(host + 1):80"),
          // One name for five of them, another for one, none for the last.
          host: host < 5 ? "a.example" : host == 5 ? "b.example" : nil,
          sent: sent, received: isAnswered ? sent : 1 + random.next() % 40_000))
    }
    return steps
  }
}
