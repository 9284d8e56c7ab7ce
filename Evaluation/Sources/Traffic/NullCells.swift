// SPDX-License-Identifier: Apache-2.0

internal import Randomness

/// Sources without a clock of the classes that the timing method was tuned on, with other seeds.
public enum TunedNullCells {
  public static let memoryless: [TrafficCell] = [0.3, 0.5, 1.0, 2, 5, 60, 600].map { mean in
    TrafficCell("memoryless, mean \(mean) s") {
      RequestTimes.renewal(&$0) { $0.exponential(mean) }
    }
  }

  public static let blocks: [TrafficCell] = [0.5, 1.0, 1.5].map { sigma in
    TrafficCell("memoryless, a new log-normal rate every 20 visits, sigma \(sigma)") {
      var left = 0
      var mean = 0.0
      return RequestTimes.renewal(&$0) {
        if left == 0 {
          left = 20
          mean = $0.logNormal(median: 60, sigma: sigma)
        }
        left -= 1
        return $0.exponential(mean)
      }
    }
  }

  public static let browsing: [TrafficCell] = [10.0, 30].flatMap { think in
    [Think.exponential, .pareto, .logNormal].map { kind in
      TrafficCell("browsing, \(Int(think)) s between pages, \(kind.rawValue)") {
        HumanTimes.sessions(off: 900, think: think, kind, &$0)
      }
    }
  }

  public static let shapes: [TrafficCell] =
    [0.3, 0.5, 0.8, 1.5, 2].map { shape in
      TrafficCell("gamma intervals, shape \(shape)") {
        RequestTimes.renewal(&$0) { $0.gamma(shape: shape, scale: 60 / shape) }
      }
    }
    + [0.4, 0.6, 0.8].map { shape in
      TrafficCell("Weibull intervals, shape \(shape)") {
        RequestTimes.renewal(&$0) { $0.weibull(shape: shape, scale: 60) }
      }
    }
    + [1.0, 0.7].map { sigma in
      TrafficCell("log-normal intervals, sigma \(sigma)") {
        RequestTimes.renewal(&$0) { $0.logNormal(median: 60, sigma: sigma) }
      }
    }
    + [0.1, 0.2].map { share in
      TrafficCell("memoryless with a dead time of \(share) of the mean") {
        RequestTimes.renewal(&$0) { 60 * share + $0.exponential(60 * (1 - share)) }
      }
    }
    + [
      TrafficCell("Lomax intervals, index 1.2") {
        RequestTimes.renewal(&$0) { 10 * $0.lomax(1.2) }
      }
    ]

  public static let changing: [TrafficCell] = [
    TrafficCell("diurnal client, 60 s at its peak") {
      HumanTimes.diurnal(peak: 60, &$0)
    },
    TrafficCell("downloads: 1 to 60 files every 90 minutes") {
      var times: [Double] = []
      var start = 0.0
      while start < RequestTimes.day, times.count < 1_500 {
        start += $0.exponential(5_400)
        var time = start
        for _ in 0..<(1 + $0.below(59)) {
          time += $0.logNormal(median: 1.35, sigma: 1.1)
          times.append(time)
        }
      }
      return times.filter { $0 < RequestTimes.day }.sorted()
    },
    TrafficCell("memoryless, rate switching between 4 and 300 s") {
      var isSlow = false
      return RequestTimes.renewal(&$0) {
        if $0.chance(0.05) { isSlow.toggle() }
        return $0.exponential(isSlow ? 300 : 4)
      }
    },
  ]

  public static let all = memoryless + blocks + browsing + shapes + changing

  /// Sources with a floor like a clock's that the method is known to flag.
  public static let known: [TrafficCell] =
    [2.5, 3].map { shape in
      TrafficCell("gamma intervals, shape \(shape)") {
        RequestTimes.renewal(&$0) { $0.gamma(shape: shape, scale: 60 / shape) }
      }
    }
    + [0.3, 0.5].map { share in
      TrafficCell("memoryless with a dead time of \(share) of the mean") {
        RequestTimes.renewal(&$0) { 60 * share + $0.exponential(60 * (1 - share)) }
      }
    }
    + [1.2, 2].map { index in
      TrafficCell("Pareto intervals with a hard minimum, index \(index)") {
        RequestTimes.renewal(&$0) { 5 * (1 + $0.lomax(index)) }
      }
    }
}
