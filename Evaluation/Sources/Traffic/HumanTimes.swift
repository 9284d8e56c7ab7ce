// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Randomness

/// How long somebody looks at a page.
public enum Think: String, Sendable {
  case exponential, pareto
  case logNormal = "log-normal"
}

/// Requests that follow people, or failures.
public enum HumanTimes {
  /// Sessions of about eight pages, each of up to five requests, with long pauses between.
  public static func sessions(
    off: Double, think: Double, _ kind: Think, until end: Double = RequestTimes.day,
    limit: Int = 3_000, _ random: inout SplitMix64
  ) -> [Double] {
    var times: [Double] = []
    var time = 0.0
    while time < end, times.count < limit {
      time += random.exponential(off)
      for _ in 0..<random.geometric(1 / 8) {
        for _ in 0...random.below(5) { times.append(time + random.exponential(0.6)) }
        let pause =
          switch kind {
          case .exponential: random.exponential(think)
          case .pareto: 3 * (1 + random.lomax(1.2))
          case .logNormal: random.logNormal(median: think, sigma: 1)
          }
        time += pause
      }
    }
    return times.filter { $0 < end }.sorted()
  }

  /// A memoryless client whose rate follows the squared sine of the day.
  public static func diurnal(peak: Double, _ random: inout SplitMix64) -> [Double] {
    let phase = random.unit()
    let all = RequestTimes.renewal(&random) { $0.exponential(peak) }
    return all.filter {
      let share = (1 + sin(2 * Double.pi * ($0 / RequestTimes.day + phase))) / 2
      return random.unit() < share * share
    }
  }

  /// Each request starts others: `branching` of them on average, after exponential delays.
  public static func hawkes(
    rate: Double, branching: Double, decay: Double, _ random: inout SplitMix64
  ) -> [Double] {
    var waiting = RequestTimes.renewal(&random) { $0.exponential(1 / rate) }
    var times: [Double] = []
    while let time = waiting.popLast(), times.count < RequestTimes.rowLimit {
      times.append(time)
      // The number of children is Poisson: exponential steps of a unit interval.
      var step = random.exponential(1 / branching)
      while step < 1 {
        let child = time + random.exponential(decay)
        if child < RequestTimes.day { waiting.append(child) }
        step += random.exponential(1 / branching)
      }
    }
    return times.sorted()
  }

  /// Memoryless requests; one in ten fails and is retried 3 to 7 times, each pause twice the last.
  public static func retries(
    doublingFrom first: Double, isJittered: Bool, _ random: inout SplitMix64
  ) -> [Double] {
    let calls = RequestTimes.renewal(&random) { $0.exponential(300) }
    var times: [Double] = []
    for call in calls {
      times.append(call)
      guard random.chance(0.1) else { continue }
      var time = call
      var pause = first
      for _ in 0..<(3 + random.below(5)) {
        time += isJittered ? random.uniform(0, pause) : pause + random.exponential(0.05)
        pause *= 2
        times.append(time)
      }
    }
    return times.filter { $0 < RequestTimes.day }.sorted()
  }
}

extension SplitMix64 {
  /// e to the power of `exponent`; a method so that generators need no C library.
  func grown(_ exponent: Double) -> Double { exp(exponent) }
}
