// SPDX-License-Identifier: Apache-2.0
import Glibc

// The fresh null: the null refitted to the stretch that one tracker claims.
//
// Question  Has the tracker found a clock, or only a stretch in which a memoryless source ran at
//           another rate than the running null had learnt?
// Formula   Over the tracker's segment (n visits, sum S, sum of logs L, least interval m):
//             F = max over k of lnG(nk) - n lnG(k) + (k-1) L - nk ln S, k in {.6, 1, 1.5, 2},
//             and lnG(n) - n ln(S - n min(m, .3 S/n)) for a dead time.
//           penalty = max(0, F - P - 1), P what the running null gave the same visits.
// Source    docs/timing.md, "The fresh null".
// Misses    Visits called outliers are left out, and shapes above 2 are not tried.

/// Sums over the visits since a tracker last started, outliers excluded.
struct FreshNull {
  /// What the fresh fit may win by before it counts against the tracker.
  ///
  /// The bound on false alarms grows by e to this number; 2 or 4 find jittered beacons with half
  /// the visits missing somewhat sooner (docs/timing.md, "What is guaranteed").
  static let slackNats = 1.0
  /// Guards the logarithm when all intervals equal the dead time, in seconds.
  static let leastSpread = 1e-9

  private var sum = 0.0
  private var logSum = 0.0
  /// What the running null gave these visits, in nats.
  private var runningNull = 0.0
  private var shortest = 0.0
  private var count: UInt32 = 1

  /// An empty place-holder; `init(startingOn:)` replaces it on the channel's first interval.
  init() {}

  /// A segment of one interval, for which fresh and running null are level by definition.
  init(startingOn interval: ObservedInterval) {
    sum = interval.nullLength
    logSum = interval.logNullLength
    runningNull = -interval.logNullLength
    shortest = interval.nullLength
  }

  mutating func add(_ interval: ObservedInterval, logNull: Double) {
    count &+= 1
    sum += interval.nullLength
    logSum += interval.logNullLength
    runningNull += logNull
    shortest = min(shortest, interval.nullLength)
  }

  /// What the tracker must give back, in nats; never below zero.
  var penalty: Double {
    let n = Double(count)
    let normalisers = FreshNormalisers.of(count)
    let logTotal = log(sum)
    var best = -Double.infinity
    for index in FreshNormalisers.shapes.indices {
      let k = FreshNormalisers.shapes[index]
      best = max(best, normalisers[index] + (k - 1) * logSum - n * k * logTotal)
    }
    let deadTime = min(shortest, DeadTimeExpert.longestShareOfMean * sum / n)
    let spread = max(sum - n * deadTime, Self.leastSpread)
    best = max(best, normalisers[FreshNormalisers.exponential] - n * log(spread))
    return max(0, best - runningNull - Self.slackNats)
  }
}

extension FreshNull: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&sum)
    carrier.carry(&logSum)
    carrier.carry(&runningNull)
    carrier.carry(&shortest)
    carrier.carry(count: &count)
  }
}
