// SPDX-License-Identifier: Apache-2.0

public import Randomness

/// When one pair makes requests: seconds from an origin, rising.
public enum RequestTimes {
  public static let day = 86_400.0
  /// No row is longer; a source of a request a second and faster is cut before a day is over.
  public static let rowLimit = 20_000

  /// How an implant departs from its period.
  public enum Jitter: String, CaseIterable, Sendable {
    /// Sleeps of T(1-j) to T(1+j).
    case twoSided = "two-sided"
    /// Sleeps of T(1-j) to T.
    case oneSided = "one-sided"
    /// Normal sleeps of deviation jT, at least .2 s.
    case gaussian = "Gaussian sleep"
  }

  /// One sleep of an implant, without the time the visit itself takes.
  public static func sleep(
    _ period: Double, _ jitter: Double, _ kind: Jitter, _ random: inout SplitMix64
  ) -> Double {
    switch kind {
    case .twoSided: period * (1 + jitter * random.uniform(-1, 1))
    case .oneSided: period * (1 - jitter * random.unit())
    case .gaussian: max(0.2, random.normal(period, jitter * period))
    }
  }

  /// A renewal process: pauses from `pause` until `until`.
  public static func renewal(
    until end: Double = day, limit: Int = rowLimit, from start: Double = 0,
    _ random: inout SplitMix64, pause: (inout SplitMix64) -> Double
  ) -> [Double] {
    var times: [Double] = []
    var time = start
    while times.count < limit {
      time += pause(&random)
      guard time < end else { break }
      times.append(time)
    }
    return times
  }

  /// A beacon: sleeps, each followed by a round trip of .2 s on average, or 4 % of a short period.
  public static func beacon(
    period: Double, jitter: Double, _ kind: Jitter, until end: Double = day, missing: Double = 0,
    from start: Double = 0, _ random: inout SplitMix64
  ) -> [Double] {
    let roundTrip = min(0.2, period * 0.04)
    let times = renewal(until: end, from: start, &random) {
      sleep(period, jitter, kind, &$0) + $0.exponential(roundTrip)
    }
    return missing > 0 ? times.filter { _ in !random.chance(missing) } : times
  }

  /// A timetable: slot n is visited at nT, off by a normal error of deviation `noise` T.
  public static func timetable(
    period: Double, noise: Double, until end: Double = day, missing: Double = 0,
    _ random: inout SplitMix64
  ) -> [Double] {
    let times = (0..<Int(end / period)).map {
      Double($0 + 3) * period + random.normal(0, noise * period)
    }
    return times.filter { _ in missing == 0 || !random.chance(missing) }.sorted()
  }

  /// Each visit is `size` requests, spread over `width` seconds.
  public static func bursts(
    _ visits: [Double], size: Int, width: Double, _ random: inout SplitMix64
  ) -> [Double] {
    visits.flatMap { time in
      [time] + (1..<size).map { _ in time + random.uniform(0, width) }
    }.sorted()
  }
}
