// SPDX-License-Identifier: Apache-2.0

// The coarse collapse: bursts that last longer than a second.
//
// Question  Which requests belong to one check-in when a check-in itself takes a minute?
// Formula   Merge limit g = max(1 s, .15 M), M the typical interval between visits:
//             M <- M + (min(d, 8 M) - M) / min(m, 16) on the m-th interval d.
//           Before g is taken: if the visit has lasted over 2 M and gap <= .15 M, M <- M/2.
// Source    docs/timing.md, "Visits".
// Misses    A burst with a silence inside longer than .15 of the period is split in two.

/// Merges requests whose gap is short beside the typical interval between visits.
struct AdaptiveCollapse {
  /// The limit is never below the fine channel's.
  static let leastMergeSeconds = FineCollapse.mergeSeconds
  /// Share of the typical interval that a burst may fall silent for.
  static let mergeShare = 0.15
  /// A pause counts as at most this many typical intervals when the average is taken.
  static let longestShare = 8.0
  /// Intervals over which the typical one is averaged once there are as many.
  static let averagedIntervals = 16.0
  /// A visit longer than this many typical intervals cannot be one visit: the limit is too wide.
  static let longestVisit = 2.0

  private var visitStart = 0.0
  private var typicalInterval = 0.0
  private var intervals = 0

  mutating func first(at time: Double) {
    visitStart = time
  }

  mutating func move(bySeconds seconds: Double) { visitStart += seconds }

  /// Takes one request.
  ///
  /// - Parameters:
  ///   - time: when it was sent, never before the last one.
  ///   - gap: seconds since the last one.
  ///   - earlierRequests: all requests before this one, one at least.
  /// - Returns: the interval that the request closes if it opens a new visit.
  mutating func add(requestAt time: Double, gap: Double, earlierRequests: Int) -> ObservedInterval?
  {
    let length = time - visitStart
    let isEndless =
      typicalInterval > 0 && length > Self.longestVisit * typicalInterval
      && gap <= Self.mergeShare * typicalInterval
    if isEndless { typicalInterval /= 2 }
    let limit = max(Self.leastMergeSeconds, Self.mergeShare * typicalInterval)
    guard gap > limit else { return nil }

    let deadTime = limit * MergeShift.share(visits: intervals + 1, requests: earlierRequests)
    visitStart = time
    intervals += 1
    if typicalInterval == 0 {
      typicalInterval = length
    } else {
      let step = min(length, Self.longestShare * typicalInterval) - typicalInterval
      typicalInterval += step / min(Double(intervals), Self.averagedIntervals)
    }
    return ObservedInterval(endsAt: time, length: length, nullLength: length - deadTime)
  }
}

extension AdaptiveCollapse: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&visitStart)
    carrier.carry(&typicalInterval)
    carrier.carry(count: &intervals)
  }
}
