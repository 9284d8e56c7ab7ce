// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Wire

extension Assessment {
  /// Failures in a row that make a destination down.
  private static let failuresInARow = 3

  /// Since when a beacon's destination is down, as far as its last ten connections tell; nil unless
  /// most of its visits failed and the last three or more all did.
  var failingSince: KernelInstant? {
    guard case .beacon(let beacon) = evidence, beacon.kind == .connections,
      beacon.source.failedVisits * 2 >= UInt64(clamping: beacon.visits)
    else { return nil }
    // Of the newest connect nobody knows yet what becomes of it.
    var ended = beacon.connections[...]
    if ended.last?.state == .open { ended = ended.dropLast() }
    let failures = ended.reversed().prefix { connection in
      if case .failed = connection.state { true } else { false }
    }
    guard failures.count >= Self.failuresInARow, let first = failures.last else { return nil }
    // All it ever did failed: since its first visit.
    let isAll = beacon.source.failedVisits >= UInt64(clamping: beacon.visits - 1)
    return isAll ? beacon.firstSeen : first.openedAt
  }
}
