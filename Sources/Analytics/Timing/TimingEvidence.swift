// SPDX-License-Identifier: Apache-2.0
import Glibc

// Periodicity of one pair (executable, destination).
//
// Question  Do these requests come from a clock, or from a person, a queue or chance?
// Formula   E = (E_fine + E_coarse) / 2, each the capital of clock models that bet against a null
//           of sixteen no-clock models, one interval at a time and on the past alone. Under such a
//           null E is about a test martingale, so P(ever E >= 1/a) is about a (Ville 1939) and one
//           may look after every request.
// Source    docs/timing.md.
// Misses    docs/timing.md, "Known misses": a hard minimum pause with a light tail, gamma shape
//           2.5 and above, and dead times over .3 of the mean are flagged though they are no
//           beacons; half of the visits missing together with 50 % jitter is seldom found.

/// The evidence that the requests of one pair are periodic, in constant space.
///
/// `record(requestAt:)` allocates nothing, except tables shared by all pairs on the first call.
public struct TimingEvidence: BitwiseCopyable, Sendable {
  /// ln 100: evidence at or above it flags at a nominal one percent, however often it is read.
  ///
  /// The caller latches; after a change of behaviour the evidence may fall again.
  public static let flagThreshold = 4.605170185988092

  /// Times further from the origin are ignored, in seconds.
  ///
  /// Three centuries: no clock since boot or since 1970 gets there, and no sum here overflows.
  static let farthestSeconds = 1e10

  private static let logChannels = log(2.0)
  /// An interval is believed while nobody watched for at most this share of it.
  private static let longestAbsence = 0.1

  private var lastRequest = 0.0
  /// Seconds of the current interval that nobody watched.
  private var absence = 0.0
  private var fineCollapse = FineCollapse()
  private var coarseCollapse = AdaptiveCollapse()
  private var fine = TimingChannel(followsSlots: true)
  private var coarse = TimingChannel(followsSlots: false)

  /// All requests recorded, in one visit or not; ignored times are not counted.
  public private(set) var requests = 0

  /// The natural logarithm of E; 0 until the second visit, may be negative.
  public private(set) var logEvidence = 0.0

  /// Evidence about a pair of which nothing has been seen.
  public init() {}

  /// Groups of requests no more than a second apart, the first included.
  public var visits: Int { fineCollapse.visits }

  /// The period that the best tracker follows, in seconds; nil before the second visit.
  ///
  /// It means little while `logEvidence` is low.
  public var periodSeconds: Double? { report?.periodSeconds }

  /// Jitter as a share of the period, two-sided: a sleep of T(1-j) to T(1+j) reports about j.
  ///
  /// For a timetable it is the standard deviation from the slot instead.
  public var jitterRatio: Double? { report?.jitterRatio }

  /// Whether the best tracker won over its last eight intervals.
  ///
  /// The evidence itself falls slowly; this tells a beacon that runs from one that changed. Read
  /// it together with `logEvidence`: the best of 41 trackers is often a little ahead by luck, so
  /// that it alone is true for about one irregular source in seven. It says nothing about
  /// silence: a pair that sends no more requests keeps its last answer.
  public var isPeriodicNow: Bool {
    guard let report else { return false }
    return report.recentGain > 0
  }

  /// Takes one request into account.
  ///
  /// - Parameter seconds: when it was sent, from any fixed origin. A time before the last one
  ///   counts as the last one; a time that is not finite or beyond three centuries is ignored.
  public mutating func record(requestAt seconds: Double) {
    // NaN compares false, so it is turned away here as well.
    guard abs(seconds) <= Self.farthestSeconds else { return }
    guard requests > 0 else {
      requests = 1
      lastRequest = seconds
      fineCollapse.first(at: seconds)
      coarseCollapse.first(at: seconds)
      return
    }
    let time = max(seconds, lastRequest)
    defer { absence = 0 }
    if absence > Self.longestAbsence * (time - lastRequest) {
      // A visit may have been missed: this one ends no interval and begins the next.
      requests += 1
      lastRequest = time
      fineCollapse.resume(at: time)
      coarseCollapse.first(at: time)
      return
    }
    let gap = time - lastRequest
    let earlier = requests
    lastRequest = time
    requests += 1

    let fineInterval = fineCollapse.add(requestAt: time, gap: gap, earlierRequests: earlier)
    if let fineInterval { fine.observe(fineInterval) }
    let coarseInterval = coarseCollapse.add(requestAt: time, gap: gap, earlierRequests: earlier)
    if let coarseInterval { coarse.observe(coarseInterval) }
    logEvidence = logSum(fine.logEvidence, coarse.logEvidence) - Self.logChannels
  }

  /// Nobody watched for so many seconds since the last request.
  ///
  /// An interval of which that was more than a tenth is no evidence and is dropped.
  public mutating func note(absence seconds: Double) {
    guard requests > 0, seconds > 0, seconds <= Self.farthestSeconds else { return }
    absence += seconds
  }

  /// The origin of time moved: what was recorded goes with it.
  mutating func move(bySeconds seconds: Double) {
    lastRequest += seconds
    fineCollapse.move(bySeconds: seconds)
    coarseCollapse.move(bySeconds: seconds)
    fine.move(bySeconds: seconds)
    coarse.move(bySeconds: seconds)
  }

  /// The report of whichever channel has the tracker with more capital.
  private var report: TimingChannel.Report? {
    guard let fineReport = fine.report else { return coarse.report }
    guard let coarseReport = coarse.report else { return fineReport }
    return fineReport.logCapital >= coarseReport.logCapital ? fineReport : coarseReport
  }
}

extension TimingEvidence: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&lastRequest)
    carrier.carry(&fineCollapse)
    carrier.carry(&coarseCollapse)
    carrier.carry(&fine)
    carrier.carry(&coarse)
    carrier.carry(count: &requests)
    carrier.carry(&logEvidence)
    carrier.carry(&absence)
  }
}
