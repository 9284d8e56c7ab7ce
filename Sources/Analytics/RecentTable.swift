// SPDX-License-Identifier: Apache-2.0

/// Values by key, the last so many of them: the oldest makes room.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  let limit: Int
  private var values: [Key: (value: Value, serial: UInt64)] = [:]
  private var order: [(key: Key, serial: UInt64)] = []
  private var head = 0
  private var serial: UInt64 = 0
  private(set) var evictions: UInt64 = 0

  init(limit: Int) {
    self.limit = max(limit, 1)
  }

  var count: Int { values.count }

  subscript(key: Key) -> Value? { values[key]?.value }

  mutating func note(_ key: Key, _ value: Value) {
    serial &+= 1
    values[key] = (value, serial)
    order.append((key, serial))
    while values.count > limit, head < order.count {
      if dropOldest() { evictions &+= 1 }
    }
    // A key that is noted again leaves an entry behind that stands for nothing.
    if order.count - head > 4 * limit {
      while order.count - head > 2 * limit, head < order.count { skipOrRequeue() }
    }
    if head > 1_024, head * 2 > order.count {
      order.removeFirst(head)
      head = 0
    }
  }

  /// Drops the entry at the head; true where it was a key's latest.
  private mutating func dropOldest() -> Bool {
    let oldest = order[head]
    head += 1
    guard values[oldest.key]?.serial == oldest.serial else { return false }
    values[oldest.key] = nil
    return true
  }

  private mutating func skipOrRequeue() {
    let oldest = order[head]
    head += 1
    if values[oldest.key]?.serial == oldest.serial { order.append(oldest) }
  }
}
