// SPDX-License-Identifier: Apache-2.0

public import Randomness

/// One kind of traffic of one pair, made anew from each seed.
public struct TrafficCell: Sendable {
  public let name: String
  /// Seconds that the row covers.
  public let span: Double
  /// The mean time between visits where there is a clock, in seconds.
  public let period: Double?
  private let make: @Sendable (inout SplitMix64) -> [Double]

  public init(
    _ name: String, span: Double = RequestTimes.day, period: Double? = nil,
    _ make: @escaping @Sendable (inout SplitMix64) -> [Double]
  ) {
    self.name = name
    self.span = span
    self.period = period
    self.make = make
  }

  /// The request times of one seed, and the generator for what belongs to the same row.
  public func row(seed: Int) -> (times: [Double], random: SplitMix64) {
    var random = SplitMix64(cell: name, seed: seed)
    let times = make(&random)
    return (times, random)
  }
}

/// Sources with a clock.
public enum BeaconCells {
  public static let periods = [5.0, 30, 60, 300, 600, 3_600]
  public static let jitters = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]

  /// A day, or forty periods where they are longer.
  public static func span(_ period: Double) -> Double { max(RequestTimes.day, 40 * period) }

  public static func sweep(_ period: Double, _ jitter: Double, _ kind: RequestTimes.Jitter)
    -> TrafficCell
  {
    let percent = Int((jitter * 100).rounded())
    let span = span(period)
    let mean = kind == .oneSided ? period * (1 - jitter / 2) : period
    return TrafficCell(
      "T=\(Int(period)) s, \(percent) % \(kind.rawValue)", span: span, period: mean
    ) {
      RequestTimes.beacon(period: period, jitter: jitter, kind, until: span, &$0)
    }
  }

  public static let gaussian = [60.0, 600].flatMap { period in
    [0.1, 0.2, 0.3].map { sweep(period, $0, .gaussian) }
  }

  public static let timetables = [0.08, 0.14, 0.2, 0.3, 0.4, 0.5].map { timetable($0, 0) }
  public static let thinnedTimetables = [timetable(0.2, 0.3), timetable(0.1, 0.5)]

  public static func timetable(_ noise: Double, _ missing: Double) -> TrafficCell {
    let suffix = missing > 0 ? ", \(Int(missing * 100)) % missing" : ""
    return TrafficCell(
      "slot noise \(Int((noise * 100).rounded())) %, T=600 s\(suffix)",
      span: RequestTimes.day + 3_600, period: 600
    ) {
      RequestTimes.timetable(period: 600, noise: noise, missing: missing, &$0)
    }
  }

  public static func thinned(_ jitter: Double, _ missing: Double) -> TrafficCell {
    TrafficCell(
      "T=60 s, \(Int(jitter * 100)) % two-sided, \(Int(missing * 100)) % missing", period: 60
    ) {
      RequestTimes.beacon(period: 60, jitter: jitter, .twoSided, missing: missing, &$0)
    }
  }

  public static let thinned = [0.1, 0.3, 0.5].flatMap { missing in
    [0.0, 0.1, 0.2, 0.3, 0.5].map { thinned($0, missing) }
  }

  /// The beacon is alive for a part of the day only.
  public static let shortLived = [1.0, 2, 4, 8].map { hours in
    TrafficCell("T=60 s, 20 % two-sided, alive \(Int(hours)) h", period: 60) {
      let start = $0.uniform(0, RequestTimes.day - hours * 3_600)
      return RequestTimes.beacon(
        period: 60, jitter: 0.2, .twoSided, until: start + hours * 3_600, from: start, &$0)
    }
  }

  /// What disturbs a clock.
  public static let disturbed: [TrafficCell] = [
    TrafficCell("bursts of 5 in 2 s, T=60 s, 20 %", period: 60) {
      let visits = RequestTimes.beacon(period: 60, jitter: 0.2, .twoSided, &$0)
      return RequestTimes.bursts(visits, size: 5, width: 2, &$0)
    },
    TrafficCell("bursts of 6 in 10 s, T=600 s, 20 %", period: 600) {
      let visits = RequestTimes.beacon(period: 600, jitter: 0.2, .twoSided, &$0)
      return RequestTimes.bursts(visits, size: 6, width: 10, &$0)
    },
    TrafficCell("bursts of 6 in 66 s, T=600 s, 20 %", period: 600) {
      let visits = RequestTimes.beacon(period: 600, jitter: 0.2, .twoSided, &$0)
      return RequestTimes.bursts(visits, size: 6, width: 66, &$0)
    },
    TrafficCell("3 % of sleeps 3 to 300 times longer, T=60 s, 20 %", period: 60) {
      RequestTimes.renewal(&$0) {
        let sleep = RequestTimes.sleep(60, 0.2, .twoSided, &$0)
        return $0.chance(0.03) ? sleep * $0.uniformLog(3, 300) : sleep
      }
    },
    TrafficCell("100 memoryless visits, then T=60 s, 20 %", period: 60) {
      var times = RequestTimes.renewal(limit: 100, &$0) { $0.exponential(60) }
      let start = times.last ?? 0
      times += RequestTimes.beacon(period: 60, jitter: 0.2, .twoSided, from: start, &$0)
      return times
    },
    TrafficCell("back-off .1 to 10 s, then every 10 s", period: 10) {
      var count = 0
      return RequestTimes.renewal(limit: 400, &$0) {
        count += 1
        return min(0.1 * Double(count), 10) + $0.exponential(0.02)
      }
    },
    TrafficCell("sleep gap of 8 h after 3 visits, T=300 s, 20 %", period: 300) {
      var count = 0
      return RequestTimes.renewal(&$0) {
        count += 1
        return (count == 4 ? 28_800 : 0) + RequestTimes.sleep(300, 0.2, .twoSided, &$0)
      }
    },
    TrafficCell("cron every 300 s", period: 300) { random in
      (0..<288).map { Double($0) * 300 + random.uniform(0, 2) }
    },
    TrafficCell("long poll of 60 s, 25 % answered early", period: 60) {
      RequestTimes.renewal(limit: 600, &$0) {
        ($0.chance(0.75) ? 60 : $0.uniform(1, 60)) + $0.exponential(0.1)
      }
    },
  ]

  /// A period, and after 100 visits another one.
  public static func periodChange(_ first: Double, _ second: Double) -> TrafficCell {
    TrafficCell("T=\(Int(first)) s, after 100 visits \(Int(second)) s, 20 %", period: second) {
      let pause = min(0.2, first * 0.04)
      var times = RequestTimes.renewal(until: .infinity, limit: 100, &$0) {
        RequestTimes.sleep(first, 0.2, .twoSided, &$0) + $0.exponential(pause)
      }
      let start = times.last ?? 0
      times += RequestTimes.renewal(until: .infinity, limit: 200, from: start, &$0) {
        RequestTimes.sleep(second, 0.2, .twoSided, &$0) + $0.exponential(0.2)
      }
      return times
    }
  }
}
