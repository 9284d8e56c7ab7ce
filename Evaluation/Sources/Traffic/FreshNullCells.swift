// SPDX-License-Identifier: Apache-2.0

internal import Randomness

/// Sources without a clock of classes that nobody looked at while the timing method was made.
public enum FreshNullCells {
  public static let all: [TrafficCell] = [
    TrafficCell("self-exciting requests (Hawkes, branching .7)") {
      HumanTimes.hawkes(rate: 1 / 300, branching: 0.7, decay: 20, &$0)
    },
    TrafficCell("self-exciting requests (Hawkes, branching .9)") {
      HumanTimes.hawkes(rate: 1 / 900, branching: 0.9, decay: 60, &$0)
    },
    TrafficCell("rate wandering by a random walk") {
      var level = 0.0
      return RequestTimes.renewal(&$0) {
        level = 0.98 * level + $0.normal(0, 0.25)
        return $0.exponential(90 * $0.grown(level))
      }
    },
    TrafficCell("three rates mixed: 2, 40 and 900 s") {
      RequestTimes.renewal(&$0) {
        let kind = $0.unit()
        return $0.exponential(kind < 0.6 ? 2 : kind < 0.9 ? 40 : 900)
      }
    },
    TrafficCell("inverse Gaussian intervals, variation 1") {
      RequestTimes.renewal(&$0) { $0.inverseGaussian(mean: 60, shape: 60) }
    },
    TrafficCell("retries after random failures, doubling with full jitter") {
      HumanTimes.retries(doublingFrom: 1, isJittered: true, &$0)
    },
    TrafficCell("retries after random failures, doubling exactly") {
      HumanTimes.retries(doublingFrom: 1, isJittered: false, &$0)
    },
    TrafficCell("scrolling a feed: log-normal pauses in sessions") {
      var times: [Double] = []
      var time = 0.0
      while time < RequestTimes.day {
        time += $0.exponential(1_800)
        for _ in 0..<$0.geometric(1 / 15) {
          times.append(time)
          time += $0.logNormal(median: 2.5, sigma: 0.7)
        }
      }
      return times.filter { $0 < RequestTimes.day }
    },
    TrafficCell("office hours with a lunch break, 45 s on average") {
      RequestTimes.renewal(&$0) { $0.exponential(45) }.filter {
        let hour = $0 / 3_600
        return (hour > 8.5 && hour < 12) || (hour > 13 && hour < 17.5)
      }
    },
    TrafficCell("chat: turns of log-normal length in conversations") {
      var times: [Double] = []
      var time = 0.0
      while time < RequestTimes.day {
        time += $0.exponential(2_700)
        for _ in 0..<$0.geometric(1 / 12) {
          times.append(time)
          time +=
            $0.chance(0.5)
            ? $0.logNormal(median: 6, sigma: 0.8) : $0.logNormal(median: 25, sigma: 1)
        }
      }
      return times.filter { $0 < RequestTimes.day }
    },
    TrafficCell("one worker that empties a queue (arrivals every 30 s, work of 10 s)") { random in
      var free = 0.0
      return RequestTimes.renewal(&random) { $0.exponential(30) }.map { arrival in
        let start = max(free, arrival)
        free = start + random.exponential(10)
        return start
      }
    },
    TrafficCell("log-normal rate, new every hour, sigma 1.2") {
      var hour = -1
      var mean = 60.0
      var now = 0.0
      return RequestTimes.renewal(&$0) {
        if Int(now / 3_600) != hour {
          hour = Int(now / 3_600)
          mean = $0.logNormal(median: 60, sigma: 1.2)
        }
        let pause = $0.exponential(mean)
        now += pause
        return pause
      }
    },
    TrafficCell("sum of eight memoryless users, each awake a third of the day") {
      var times: [Double] = []
      for _ in 0..<8 {
        let start = $0.uniform(0, RequestTimes.day * 2 / 3)
        times += RequestTimes.renewal(
          until: start + RequestTimes.day / 3, from: start, &$0
        ) { $0.exponential(400) }
      }
      return times.sorted()
    },
  ]

  /// No clock, and not memoryless either: a floor under the pauses, bounds around them, or a grid.
  public static let between: [TrafficCell] = [
    TrafficCell("scrolling a feed: pauses of 1 to 5 s in sessions") {
      var times: [Double] = []
      var time = 0.0
      while time < RequestTimes.day {
        time += $0.exponential(1_800)
        for _ in 0..<$0.geometric(1 / 15) {
          times.append(time)
          time += $0.uniform(1, 5)
        }
      }
      return times.filter { $0 < RequestTimes.day }
    },
    TrafficCell("memoryless, times rounded to whole seconds, mean 20 s") {
      RequestTimes.renewal(&$0) { $0.exponential(20) }.map { $0.rounded() }
    },
    TrafficCell("API client behind a cache that lives 5 minutes") {
      var fresh = -1.0
      return RequestTimes.renewal(&$0) { $0.exponential(240) }.filter {
        guard $0 >= fresh else { return false }
        fresh = $0 + 300
        return true
      }
    },
    TrafficCell("uniform intervals of 0 to 120 s (jitter 100 %)") {
      RequestTimes.renewal(&$0) { $0.uniform(0, 120) }
    },
    TrafficCell("pages that ping every 30 s while they are open") {
      var times: [Double] = []
      var time = 0.0
      while time < RequestTimes.day {
        time += $0.exponential(3_600)
        let end = time + $0.logNormal(median: 240, sigma: 1)
        while time < end {
          times.append(time)
          time += 30 + $0.exponential(0.1)
        }
      }
      return times.filter { $0 < RequestTimes.day }
    },
    TrafficCell("polite crawler: at least 10 s, then 5 s on average") {
      RequestTimes.renewal(&$0) { 10 + $0.exponential(5) }
    },
  ]
}
