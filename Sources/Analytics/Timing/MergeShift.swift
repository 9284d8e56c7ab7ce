// SPDX-License-Identifier: Apache-2.0

/// How much of the merge limit the null takes off an interval.
///
/// Merging the requests of a memoryless stream leaves no interval below the merge limit: at one
/// request a second what remains looks like gamma shape 3.8, a clock. The null therefore works on
/// the interval less the limit. A beacon that never merges must not lose by this, so the share
/// grows with the fraction of requests that were merged. docs/timing.md, "Visits".
enum MergeShift {
  /// The full limit is taken off once a quarter of the requests has been merged.
  static let steepness = 4.0

  /// The share of the limit to take off, 0 through 1; both counts are before the request.
  static func share(visits: Int, requests: Int) -> Double {
    min(1, steepness * (1 - Double(visits) / Double(requests)))
  }
}
