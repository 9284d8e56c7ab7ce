// SPDX-License-Identifier: Apache-2.0

/// Puts rows into the order of time.
///
/// Zeek writes a row when its connection ends, so a long one stands behind all that began and ended
/// meanwhile. A window of rows is held and left by time: a log of that many rows comes out in order,
/// and a longer one wherever no connection outlives a window's worth of others.
struct ZeekOrder {
  /// Rows held at most: some tens of megabytes.
  static let limit = 65_536

  /// A row's beginning or its end.
  struct Moment {
    let time: Int64
    let number: UInt64
    let row: ZeekRow
    let isEnd: Bool
  }

  private struct Entry {
    var time: Int64
    var number: UInt64
    var slot: Int
    var isEnd: Bool

    static func < (left: Entry, right: Entry) -> Bool {
      (left.time, left.number) < (right.time, right.number)
    }
  }

  private var heap: [Entry] = []
  private var rows: [ZeekRow] = []
  private var free: [Int] = []
  private var count: UInt64 = 0
  private var last = Int64.min
  /// Rows that began before what had already left.
  private(set) var lateRows: UInt64 = 0

  /// Every row that is held has one entry: its beginning, and once that has left, its end.
  var isFull: Bool { heap.count >= Self.limit }
  var earliest: Int64? { heap.first?.time }

  mutating func insert(_ row: ZeekRow) {
    if row.start < last { lateRows &+= 1 }
    let slot: Int
    if let known = free.popLast() {
      slot = known
      rows[slot] = row
    } else {
      slot = rows.count
      rows.append(row)
    }
    push(Entry(time: row.start, number: count, slot: slot, isEnd: false))
    count &+= 1
  }

  /// The earliest beginning or end that is held; nil when nothing is.
  mutating func next() -> Moment? {
    guard let entry = pop() else { return nil }
    let row = rows[entry.slot]
    last = max(last, entry.time)
    if entry.isEnd {
      free.append(entry.slot)
    } else {
      var end = entry
      end.time = row.end
      end.isEnd = true
      push(end)
    }
    return Moment(time: entry.time, number: entry.number, row: row, isEnd: entry.isEnd)
  }

  private mutating func push(_ entry: Entry) {
    heap.append(entry)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index] < heap[parent] else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  private mutating func pop() -> Entry? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      guard least != index else { return first }
      heap.swapAt(index, least)
      index = least
    }
  }
}
