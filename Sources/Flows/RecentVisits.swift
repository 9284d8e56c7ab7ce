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

  /// Shows the visits of a time before a moment, newest first.
  func forEach(
    within nanoseconds: UInt64, before time: KernelInstant, _ body: (Visit) -> Void
  ) {
    for age in 1...max(ring.count, 1) where !ring.isEmpty {
      let visit = ring[(next + ring.count - age) % ring.count]
      if visit.time > time { continue }
      let past = time.nanoseconds(since: visit.time)
      // Bursts are told up to 3 s late: a little further back there may be younger ones.
      if past > nanoseconds + FlowTable.lateNanoseconds { return }
      if past <= nanoseconds { body(visit) }
    }
  }
}
