// SPDX-License-Identifier: Apache-2.0
import Glibc

// One channel: a null and the trackers that bet against it.
//
// Question  How much capital do the clock models have, all together, on these visits?
// Formula   ln E = ln of the sum of all capitals; the priors sum to 1, so E starts at 1. After the
//           first interval all starts are at 1/(1*2), hence ln E = ln(1/2).
// Source    docs/timing.md, "Decision".

/// The null, twenty uniform-sleep trackers and perhaps a slot tracker, fed with the same visits.
struct TimingChannel {
  /// The slot tracker's share of the prior; the sleepers lose only ln(4/3) by it.
  static let slotPrior = 0.25
  private static let logSlotPrior = log(slotPrior)
  private static let logSleepPriorBesideSlot = log(1 - slotPrior)

  private var null = NullPredictive()
  private var sleepers = InlineArray<20, UniformSleepTracker>(repeating: UniformSleepTracker())
  private var slot: SlotTracker?
  private var intervals: UInt32 = 0
  /// Which tracker holds most capital; `SleepHypothesis.count` stands for the slot tracker.
  private var best: UInt8 = 0
  private var bestLogCapital = -Double.infinity
  /// ln E of this channel; 0 before its first interval.
  private(set) var logEvidence = 0.0

  init(followsSlots: Bool) {
    slot = followsSlots ? SlotTracker() : nil
  }

  /// What the tracker with most capital would report.
  struct Report {
    let periodSeconds: Double
    let jitterRatio: Double
    /// Nats won over the last eight intervals.
    let recentGain: Float
    let logCapital: Double
  }

  /// The best tracker's report, or nil before the first interval.
  var report: Report? {
    guard intervals > 0 else { return nil }
    if let slot, best == SleepHypothesis.count {
      return Report(
        periodSeconds: slot.periodSeconds, jitterRatio: slot.jitterRatio,
        recentGain: slot.ledger.recentGain, logCapital: bestLogCapital)
    }
    let hypothesis = SleepHypothesis.all[Int(best)]
    return Report(
      periodSeconds: sleepers[Int(best)].periodSeconds(hypothesis),
      jitterRatio: hypothesis.jitterRatio,
      recentGain: sleepers[Int(best)].ledger.recentGain, logCapital: bestLogCapital)
  }

  /// Lets every model bet on one interval and adds up the capitals.
  mutating func observe(_ interval: ObservedInterval) {
    let hypotheses = SleepHypothesis.all
    let isFirst = intervals == 0
    intervals &+= 1
    let logNull = null.observe(interval)
    for index in sleepers.indices {
      if isFirst {
        sleepers[index].start(on: interval, hypotheses[index])
      } else {
        sleepers[index].observe(
          interval, logNull: logNull, number: intervals, hypotheses[index])
      }
    }
    if isFirst {
      slot?.start(on: interval)
    } else {
      slot?.observe(interval, logNull: logNull, number: intervals)
    }
    addUp(hypotheses)
  }

  /// Sleepers know intervals alone; slots have a place in time.
  mutating func move(bySeconds seconds: Double) { slot?.move(bySeconds: seconds) }

  private mutating func addUp(_ hypotheses: [SleepHypothesis]) {
    var capitals = InlineArray<21, Double>(repeating: -.infinity)
    let logSleepPrior = slot == nil ? 0 : Self.logSleepPriorBesideSlot
    for index in sleepers.indices {
      capitals[index] =
        hypotheses[index].logPrior + logSleepPrior + sleepers[index].ledger.logCapital
    }
    if let slot { capitals[SleepHypothesis.count] = Self.logSlotPrior + slot.ledger.logCapital }
    var largest = 0
    for index in capitals.indices where capitals[index] > capitals[largest] { largest = index }
    best = UInt8(truncatingIfNeeded: largest)
    bestLogCapital = capitals[largest]
    var sum = 0.0
    for index in capitals.indices { sum += exp(capitals[index] - bestLogCapital) }
    logEvidence = bestLogCapital + log(sum)
  }
}

extension TimingChannel: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&null)
    for index in sleepers.indices { carrier.carry(&sleepers[index]) }
    // Whether a channel follows slots is its kind and not its state.
    if var tracker = slot {
      carrier.carry(&tracker)
      slot = tracker
    }
    carrier.carry(count: &intervals)
    carrier.carry(&best, in: 0...UInt8(SleepHypothesis.count) - (slot == nil ? 1 : 0))
    carrier.carry(&bestLogCapital)
    carrier.carry(&logEvidence)
  }
}
