// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The last requests of all subjects, in a ring: whom a new program may have come from.
struct RecentVisits: Sendable {
  struct Visit: Sendable {
    let time: KernelInstant
    let pair: Pair
    let image: ImageKey
  }

  static let capacity = 1_024

  private var ring: [Visit] = []
  private var next = 0
  /// Visits that were pushed out before a minute had passed.
  private(set) var evictions: UInt64 = 0

  var count: Int { ring.count }

  mutating func note(_ visit: Visit) {
    guard ring.count == Self.capacity else {
      ring.append(visit)
      return
    }
    if visit.time.nanoseconds(since: ring[next].time) < FlowTable.droppedFileNanoseconds {
      evictions &+= 1
    }
    ring[next] = visit
    next = (next + 1) % Self.capacity
  }

  /// Visits of the last minute before a moment, oldest first.
  func within(_ nanoseconds: UInt64, before time: KernelInstant) -> [Visit] {
    (ring[next...] + ring[..<next]).filter {
      $0.time <= time && time.nanoseconds(since: $0.time) <= nanoseconds
    }
  }
}
