// SPDX-License-Identifier: Apache-2.0

/// How much a subject sends in five minutes, over the last 30 to 36 days, in constant space.
///
/// Six periods of six days hold a histogram each, four buckets an octave from 1 KiB to 16 GiB: the
/// oldest period is emptied when a new one begins. A percentile is told as the upper edge of its
/// bucket, at most a quarter too high. Only windows in which something was sent are counted.
struct SentDistribution: Hashable, Sendable {
  static let windowSeconds: Int64 = 300
  static let periodDays: Int64 = 6
  static let periods = 6
  static let buckets = 97

  /// Counts by period and bucket; a period has at most 1,728 windows.
  private(set) var counts = [UInt16](repeating: 0, count: periods * buckets)
  /// Days since 1970 over six, of the newest period.
  private(set) var period: Int64 = 0
  /// The window that is filling, seconds since 1970 over 300, and what was sent in it.
  private(set) var window: Int64 = 0
  private(set) var windowBytes: UInt64 = 0

  init() {}

  init?(counts: [UInt16], period: Int64, window: Int64, windowBytes: UInt64) {
    guard counts.count == Self.periods * Self.buckets else { return nil }
    self.counts = counts
    self.period = period
    self.window = window
    self.windowBytes = windowBytes
  }

  /// Adds what was sent, at Unix `seconds`.
  mutating func record(_ bytes: UInt64, at seconds: Int64) {
    let now = seconds / Self.windowSeconds
    if now > window { closeWindow(at: now) }
    windowBytes = windowBytes.addingReportingOverflow(bytes).partialValue
  }

  /// Gives up what was sent in the window that is filling.
  mutating func dropWindow() { windowBytes = 0 }

  private mutating func closeWindow(at now: Int64) {
    defer {
      window = now
      windowBytes = 0
    }
    guard windowBytes > 0 else { return }
    turn(to: window * Self.windowSeconds / 86_400 / Self.periodDays)
    let index = slot(period) * Self.buckets + Self.bucket(windowBytes)
    counts[index] = counts[index] == .max ? .max : counts[index] + 1
  }

  private mutating func turn(to newest: Int64) {
    guard newest > period else { return }
    for step in 0..<min(newest - period, Int64(Self.periods)) {
      let start = slot(newest - step) * Self.buckets
      for index in start..<start + Self.buckets { counts[index] = 0 }
    }
    period = newest
  }

  private func slot(_ period: Int64) -> Int {
    let rest = Int(period % Int64(Self.periods))
    return rest < 0 ? rest + Self.periods : rest
  }

  /// The 99th percentile in bytes, by nearest rank; nil before the first window is over.
  ///
  /// `now` is in Unix seconds: periods that have passed since the last window do not count.
  func percentile99(at now: Int64) -> UInt64? {
    let newest = now / 86_400 / Self.periodDays
    var sums = [UInt64](repeating: 0, count: Self.buckets)
    for age in 0..<Int64(Self.periods) where newest - (period - age) < Int64(Self.periods) {
      let start = slot(period - age) * Self.buckets
      for bucket in 0..<Self.buckets { sums[bucket] += UInt64(counts[start + bucket]) }
    }
    let total = sums.reduce(0, +)
    guard total > 0 else { return nil }
    let rank = (total * 99 + 99) / 100
    var passed: UInt64 = 0
    for bucket in 0..<Self.buckets {
      passed += sums[bucket]
      if passed >= rank { return Self.upperEdge(bucket) }
    }
    return nil
  }

  /// Counts what another distribution has seen: of another time (`adding`), or of the same.
  mutating func merge(_ other: SentDistribution, adding: Bool) {
    var other = other
    let newest = max(period, other.period)
    turn(to: newest)
    other.turn(to: newest)
    for index in counts.indices {
      let (sum, overflow) = counts[index].addingReportingOverflow(other.counts[index])
      counts[index] =
        adding ? (overflow ? .max : sum) : max(counts[index], other.counts[index])
    }
    if other.window > window {
      window = other.window
      windowBytes = other.windowBytes
    }
  }

  /// The newest window and period get other dates, and the periods before keep their distance.
  mutating func redate(_ dates: Redating) {
    window = dates.stretch(window, ofSeconds: Self.windowSeconds)
    let newest = dates.stretch(period, ofSeconds: Self.periodDays * 86_400)
    guard newest != period else { return }
    let old = counts
    for age in 0..<Int64(Self.periods) {
      let (from, to) = (slot(period - age) * Self.buckets, slot(newest - age) * Self.buckets)
      for bucket in 0..<Self.buckets { counts[to + bucket] = old[from + bucket] }
    }
    period = newest
  }

  static func bucket(_ bytes: UInt64) -> Int {
    guard bytes >= 1_024 else { return 0 }
    let exponent = 63 - bytes.leadingZeroBitCount
    let quarter = Int((bytes >> UInt64(exponent - 2)) & 3)
    return min((exponent - 10) * 4 + quarter + 1, buckets - 1)
  }

  static func upperEdge(_ bucket: Int) -> UInt64 {
    guard bucket > 0 else { return 1_023 }
    let exponent = (bucket - 1) / 4 + 10
    let quarter = (bucket - 1) % 4
    return (UInt64(quarter + 5) << UInt64(exponent - 2)) - 1
  }
}
