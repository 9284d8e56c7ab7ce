// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Wire

extension Assessment {
  /// Failures in a row that make a destination down.
  private static let failuresInARow = 3

  /// Since when a beacon's destination is down, as far as its last visits tell; nil unless most of
  /// its visits failed and the last three or more all did.
  var failingSince: KernelInstant? {
    guard case .beacon(let beacon) = evidence, beacon.kind == .connections,
      beacon.failedVisits * 2 >= UInt64(clamping: beacon.visits),
      let run = beacon.failingRun, run.visits >= Self.failuresInARow
    else { return nil }
    // All it ever did failed: since its first visit.
    let isAll = beacon.failedVisits >= UInt64(clamping: beacon.visits - 1)
    return isAll ? beacon.firstSeen : run.since
  }
}
