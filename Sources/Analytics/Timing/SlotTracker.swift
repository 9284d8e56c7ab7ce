// SPDX-License-Identifier: Apache-2.0
import Glibc

// The slot tracker.
//
// Question  Do the visits keep to a timetable, each a little early or late, without the lateness
//           adding up (cron, a ticker, a scheduler)?
// Formula   Least squares of visit time on slot number: period b = Sxy/Sxx, and
//             s2 = (max(0, Syy - Sxy^2/Sxx) + (.2 b)^2) / (n-1).
//           The next visit, k = 1, 2, 3 slots on, is Student t with n-1 degrees of freedom around
//           the line, scale s2 (1 + 1/n + (x' - mean x)^2 / Sxx). Outlier: p0.
// Source    docs/timing.md, "The slot tracker"; sums updated after Welford 1962.
// Misses    More than two empty slots in a row put the count out, until it restarts.

/// The regression of visit times on slot numbers, with its own ledger.
struct SlotTracker {
  private static let outlier = 3
  /// Dirichlet pseudo-counts: next slot, one empty, two empty, outlier.
  private static let pseudoCounts: InlineArray<4, Double> = [3, 0.4, 0.2, 0.2]
  /// Two points fix the line, so the third is the first that can be bet on.
  private static let pointsToBet = 3.0
  /// One prior residual of a fifth of the period: before data speak, 20 % noise is expected.
  private static let priorDeviation = 0.2
  /// Least period in seconds; keeps the scale positive.
  private static let leastPeriod = 1e-3
  private static let majority = 0.5

  /// Where the current start put its time zero, on the caller's clock.
  private var origin = 0.0
  /// The last point's slot number.
  private var slot = 0.0
  private var points = 0.0
  private var meanSlot = 0.0
  private var meanTime = 0.0
  private var slotSquares = 0.0
  private var products = 0.0
  private var timeSquares = 0.0
  private var counts = InlineArray<4, Double>(repeating: 0)
  private var fresh = FreshNull()
  private(set) var ledger = BettingLedger()

  /// Starts with the two ends of an interval as slots 0 and 1.
  mutating func start(on interval: ObservedInterval) {
    let d = interval.length
    origin = interval.endsAt - d
    slot = 1
    points = 2
    meanSlot = 0.5
    meanTime = d / 2
    slotSquares = 0.5
    products = d / 2
    timeSquares = d * d / 2
    counts = InlineArray(repeating: 0)
    fresh = FreshNull(startingOn: interval)
    ledger.restart()
  }

  mutating func move(bySeconds seconds: Double) { origin += seconds }

  /// Bets on one interval once the line is fixed, adds the point, restarts if the line is lost.
  mutating func observe(_ interval: ObservedInterval, logNull: Double, number: UInt32) {
    let time = interval.endsAt - origin
    var gain = 0.0
    var slotsOn = 1
    if points >= Self.pointsToBet {
      let bet = bet(onVisitAt: time, logNull: logNull)
      gain = bet.logDensity - logNull
      slotsOn = bet.likeliestSlotsOn
      for index in counts.indices { counts[index] += bet.shares[index] }
      if bet.shares[Self.outlier] <= Self.majority { fresh.add(interval, logNull: logNull) }
    }
    addPoint(slot: slot + Double(slotsOn), time: time)
    if ledger.book(gain: gain, penalty: fresh.penalty, interval: number) { start(on: interval) }
  }

  /// The slope b in seconds a slot.
  var periodSeconds: Double { max(products / slotSquares, Self.leastPeriod) }

  /// The residual deviation as a share of the period.
  var jitterRatio: Double { residualVariance.squareRoot() / periodSeconds }

  private var residualVariance: Double {
    let residual = max(timeSquares - products * products / slotSquares, 0)
    let prior = Self.priorDeviation * periodSeconds
    return (residual + prior * prior) / (points - 1)
  }

  private struct Bet {
    /// Log of the mixture density of the visit.
    let logDensity: Double
    /// Posterior share of each case; sums to 1.
    let shares: InlineArray<4, Double>
    let likeliestSlotsOn: Int
  }

  private func bet(onVisitAt time: Double, logNull: Double) -> Bet {
    let freedom = points - 1
    let period = periodSeconds
    let variance = residualVariance
    let constant = logGamma((freedom + 1) / 2) - logGamma(freedom / 2)
    var pseudoTotal = 0.0
    for index in counts.indices { pseudoTotal += Self.pseudoCounts[index] + counts[index] }

    var terms = InlineArray<4, Double>(repeating: logNull)
    for index in 0..<Self.outlier {
      let offset = slot + Double(index + 1) - meanSlot
      let scale = variance * (1 + 1 / points + offset * offset / slotSquares)
      let miss = time - (meanTime + period * offset)
      terms[index] =
        constant - 0.5 * log(freedom * Double.pi * scale)
        - (freedom + 1) / 2 * log1p(miss * miss / (freedom * scale))
    }
    var largest = -Double.infinity
    for index in terms.indices {
      terms[index] += log((Self.pseudoCounts[index] + counts[index]) / pseudoTotal)
      largest = max(largest, terms[index])
    }
    var sum = 0.0
    for index in terms.indices { sum += exp(terms[index] - largest) }
    let logDensity = largest + log(sum)

    var shares = InlineArray<4, Double>(repeating: 0)
    for index in terms.indices { shares[index] = exp(terms[index] - logDensity) }
    var likeliest = 0
    for index in 1..<Self.outlier where shares[index] > shares[likeliest] { likeliest = index }
    return Bet(logDensity: logDensity, shares: shares, likeliestSlotsOn: likeliest + 1)
  }

  private mutating func addPoint(slot newSlot: Double, time: Double) {
    let weight = points / (points + 1)
    let slotOffset = newSlot - meanSlot
    let timeOffset = time - meanTime
    points += 1
    meanSlot += slotOffset / points
    meanTime += timeOffset / points
    slotSquares += weight * slotOffset * slotOffset
    products += weight * slotOffset * timeOffset
    timeSquares += weight * timeOffset * timeOffset
    slot = newSlot
  }
}

extension SlotTracker: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&origin)
    carrier.carry(&slot)
    carrier.carry(&points)
    carrier.carry(&meanSlot)
    carrier.carry(&meanTime)
    carrier.carry(&slotSquares)
    carrier.carry(&products)
    carrier.carry(&timeSquares)
    carrier.carry(&counts)
    carrier.carry(&fresh)
    carrier.carry(&ledger)
  }
}
