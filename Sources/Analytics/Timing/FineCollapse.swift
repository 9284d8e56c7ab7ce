// SPDX-License-Identifier: Apache-2.0

/// Merges requests less than a second apart into one visit.
///
/// A page or an API call is often several requests; the interval that a sleep decides is the one
/// between the groups. docs/timing.md, "Visits".
struct FineCollapse {
  /// Longest silence inside a visit, in seconds.
  static let mergeSeconds = 1.0

  private var visitStart = 0.0
  /// Visits so far; 1 after the first request.
  private(set) var visits = 0

  mutating func first(at time: Double) {
    visitStart = time
    visits = 1
  }

  /// Opens a visit whose interval to the one before is not known.
  mutating func resume(at time: Double) {
    visitStart = time
    visits += 1
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
    guard gap > Self.mergeSeconds else { return nil }
    let length = time - visitStart
    let deadTime =
      Self.mergeSeconds
      * MergeShift.share(visits: visits, requests: earlierRequests)
    visitStart = time
    visits += 1
    return ObservedInterval(endsAt: time, length: length, nullLength: length - deadTime)
  }
}

extension FineCollapse: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&visitStart)
    carrier.carry(count: &visits)
  }
}
