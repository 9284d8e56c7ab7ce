// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Who visited what in the last minute: whom a new program may have come from.
///
/// One entry a pair and process. Visits without pause keep its first time, for a minute; a full
/// table takes from the subject that holds most its youngest entry, so a program that sprays
/// destinations hides nobody else's visits.
struct RecentVisits: Sendable {
  struct Visit: Sendable {
    /// The first of a minute's visits.
    let time: KernelInstant
    let pair: Pair
    let image: ImageKey
  }

  private struct Key: Hashable, Sendable {
    let pair: Pair
    let image: ImageKey
  }

  private struct Span: Sendable {
    var first: KernelInstant
    var last: KernelInstant
  }

  static let capacity = 1_024

  private var slots = FairSlots<Key, SubjectID>(capacity: capacity)
  private var spans: [Span] = []

  /// Entries that lost their place within a minute of their last visit.
  var evictions: UInt64 { slots.evictions }
  var count: Int { slots.count }

  mutating func note(_ visit: Visit) {
    let key = Key(pair: visit.pair, image: visit.image)
    if let slot = slots.slot(of: key) {
      extend(slot, to: visit.time)
      return
    }
    let held = spans
    let stale = slots.nextStale { slot in
      visit.time.nanoseconds(since: held[slot].last) > FlowTable.droppedFileNanoseconds
    }
    if let stale { slots.remove(at: stale) }
    let place = slots.insert(key, owner: visit.pair.subject)
    let span = Span(first: visit.time, last: visit.time)
    if place.slot == spans.count { spans.append(span) } else { spans[place.slot] = span }
  }

  private mutating func extend(_ slot: Int, to time: KernelInstant) {
    // What is older than a minute matters no more: the minute begins with the visit before.
    if time.nanoseconds(since: spans[slot].first) > FlowTable.droppedFileNanoseconds {
      let isRecent =
        time.nanoseconds(since: spans[slot].last) <= FlowTable.droppedFileNanoseconds
      spans[slot].first = isRecent ? spans[slot].last : time
    }
    spans[slot].last = max(spans[slot].last, time)
  }

  /// Shows the visits of a time before a moment, newest first.
  func forEach(
    within nanoseconds: UInt64, before time: KernelInstant, _ body: (Visit) -> Void
  ) {
    var found: [(visit: Visit, slot: Int)] = []
    for slot in 0..<slots.slotCount {
      guard let key = slots.key(at: slot) else { continue }
      let span = spans[slot]
      let times = [span.first, span.last]
      guard
        let fit = times.first(where: { $0 <= time && time.nanoseconds(since: $0) <= nanoseconds })
      else { continue }
      found.append((Visit(time: fit, pair: key.pair, image: key.image), slot))
    }
    found.sort { left, right in
      (left.visit.time, left.slot) > (right.visit.time, right.slot)
    }
    for entry in found { body(entry.visit) }
  }
}
