// SPDX-License-Identifier: Apache-2.0

public import Wire

/// How many records arrived and were lost over time, in constant space.
///
/// Windows of findings are days long and a stream may be months: the ledger has a fixed number of
/// buckets and doubles their width when time runs out of them.
public struct RecordLedger: Sendable {
  private static let bucketCount = 512
  private var start: UInt64?
  private var widthNanoseconds: UInt64 = 60_000_000_000
  private var arrived = [UInt64](repeating: 0, count: bucketCount)
  private var lost = [UInt64](repeating: 0, count: bucketCount)
  /// Records of the bucket `current`, kept apart so that counting an event is an addition.
  private var pending: UInt64 = 0
  private var current = 0
  private var currentEnd: UInt64 = 0

  init() {}

  @inline(__always)
  mutating func count(at time: KernelInstant) {
    if time.nanoseconds >= currentEnd { advance(to: time.nanoseconds) }
    pending &+= 1
  }

  /// Charges lost records to the bucket of the moment that told of them.
  mutating func count(lost records: UInt64, at time: KernelInstant) {
    if time.nanoseconds >= currentEnd { advance(to: time.nanoseconds) }
    let (sum, overflow) = lost[current].addingReportingOverflow(records)
    lost[current] = overflow ? .max : sum
  }

  /// Records lost between two moments, to the width of a bucket.
  public func lostRecords(from: KernelInstant, to: KernelInstant) -> UInt64 {
    range(from, to).reduce(0) { $0 &+ lost[$1] }
  }

  /// The share of records lost between two moments, 0 to 1; 0 where nothing arrived or was lost.
  public func lostShare(from: KernelInstant, to: KernelInstant) -> Double {
    let buckets = range(from, to)
    let missing = Double(buckets.reduce(0) { $0 &+ lost[$1] })
    guard missing > 0 else { return 0 }
    var present = Double(buckets.reduce(0) { $0 &+ arrived[$1] })
    if buckets.contains(current) { present += Double(pending) }
    return missing / (missing + present)
  }

  private func range(_ from: KernelInstant, _ to: KernelInstant) -> ClosedRange<Int> {
    let first = bucket(of: from.nanoseconds)
    return first...max(first, bucket(of: to.nanoseconds))
  }

  private func bucket(of time: UInt64) -> Int {
    guard let start, time > start else { return 0 }
    return Int(min((time - start) / widthNanoseconds, UInt64(Self.bucketCount - 1)))
  }

  private mutating func advance(to time: UInt64) {
    let begin = start ?? time
    start = begin
    arrived[current] &+= pending
    pending = 0
    while (time - begin) / widthNanoseconds >= UInt64(Self.bucketCount) { halve() }
    current = bucket(of: time)
    let (end, overflow) = begin.addingReportingOverflow(UInt64(current + 1) &* widthNanoseconds)
    currentEnd = overflow ? .max : end
  }

  private mutating func halve() {
    for index in 0..<Self.bucketCount / 2 {
      arrived[index] = arrived[2 * index] &+ arrived[2 * index + 1]
      lost[index] = lost[2 * index] &+ lost[2 * index + 1]
    }
    for index in Self.bucketCount / 2..<Self.bucketCount {
      arrived[index] = 0
      lost[index] = 0
    }
    widthNanoseconds &*= 2
  }
}
