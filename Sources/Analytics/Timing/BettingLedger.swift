// SPDX-License-Identifier: Apache-2.0
import Glibc

// What a tracker has won so far, and when it must begin again.
//
// Question  How much more likely did the tracker make the intervals than the null, and is the
//           tracker still following anything?
// Formula   growth = sum of ln(q / p0);  net = growth - penalty of the fresh null;
//           restart if net < -2.5 or net < peak - 8;
//           ln capital = ln prior - ln(j(j+1)) + net, j the number of the start.
// Source    docs/timing.md, "Restarts". The weights 1/(j(j+1)) sum to 1, so that any number of
//           restarts is paid for in advance.

/// The capital of one tracker, its restarts, and what its last eight intervals gained.
struct BettingLedger {
  /// A tracker this far below its stake fits nothing and starts afresh.
  ///
  /// An outlier among the first intervals costs about 3 nats (ln(4.1/.2)), so a tracker that began
  /// on the wrong interval is soon rid of it.
  static let greatestLossNats = 2.5
  /// A tracker this far below its best has lost its clock and starts afresh.
  ///
  /// Two outliers in a row after twenty visits cost ln(24.1/.2) + ln(25.1/1.2) = 7.8 nats, and are
  /// survived.
  static let greatestDropNats = 8.0
  /// Intervals that say whether a beacon still runs.
  static let recentIntervals = 8

  private var growth = 0.0
  private var peak = 0.0
  /// In nats.
  private var net = 0.0
  private var starts: UInt32 = 0
  /// Single precision because they only feed the report, never the evidence.
  private var recentGains = InlineArray<8, Float>(repeating: 0)

  /// ln capital without the tracker's prior.
  var logCapital: Double {
    let j = Double(starts)
    return net - log(j * (j + 1))
  }

  /// Nats won over the last eight intervals; a restart's reset to zero is not a gain or a loss.
  var recentGain: Float {
    var sum: Float = 0
    for index in recentGains.indices { sum += recentGains[index] }
    return sum
  }

  /// Books the outcome of one bet.
  ///
  /// - Parameters:
  ///   - gain: ln(q / p0) of this interval in nats.
  ///   - penalty: the fresh null's penalty for the whole segment in nats.
  ///   - interval: the channel's running number of the interval.
  /// - Returns: whether the tracker has to restart on this interval.
  mutating func book(gain: Double, penalty: Double, interval: UInt32) -> Bool {
    growth += gain
    let updated = growth - penalty
    recentGains[Int(interval) % Self.recentIntervals] = Float(updated - net)
    net = updated
    peak = max(peak, net)
    return net < -Self.greatestLossNats || net < peak - Self.greatestDropNats
  }

  /// Opens the next start: nothing won, and one more start to pay for.
  mutating func restart() {
    growth = 0
    peak = 0
    net = 0
    starts &+= 1
  }
}

extension BettingLedger: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&growth)
    carrier.carry(&peak)
    carrier.carry(&net)
    carrier.carry(count: &starts)
    carrier.carry(&recentGains)
  }
}
