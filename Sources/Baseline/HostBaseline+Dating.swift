// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

// Which time it is, for a baseline: dates of this stream go along when the clock is set.

extension HostBaseline {
  /// Unix nanoseconds of boot time 0, as things are dated.
  public var epochNanoseconds: Int64 { clock.epochNanoseconds }

  /// The wall clock is too far from what is known to be believed yet.
  public var isClockDoubted: Bool { clock.isDoubted }

  /// The Unix second of a boot, or of the last run's end where the boot cannot be believed to be
  /// so much later; at that end the wall clock read `reading`.
  public static func believed(boot: Int64, after end: Int64, reading: Int64?) -> Int64 {
    if let reading, DatingClock.isVouched(boot, byReading: reading) { return boot }
    let (away, overflow) = boot.subtractingReportingOverflow(end)
    return !overflow && away > DatingClock.leapSeconds ? end : boot
  }

  /// Before anything else: the last run ended at Unix nanoseconds `end`, where anybody says so, and
  /// the wall clock read `reading` then.
  public mutating func begin(at time: KernelInstant, after end: Int64?, reading: Int64?) {
    guard startedAt == nil else { return }
    if let end { clock.know(watchedUntil: end, reading: reading, at: time) }
    advance(to: time)
    // What a wrong clock or another host dated would never grow old.
    let latest = max(now, end.map { $0 / 1_000_000_000 } ?? now) + DatingClock.slackSeconds
    guard latest < UnixSeconds.range.upperBound else { return }
    redatedRows &+= redate(
      Redating(span: latest + 1...UnixSeconds.range.upperBound, step: 0, latest: now))
  }

  /// Time passes, also where nothing is seen: a clock that stands is believed at last.
  public mutating func settle(at time: KernelInstant) { advance(to: time) }

  mutating func advance(to time: KernelInstant) {
    if clock.isAstray { follow(at: time) }
    now = max(now, clock.seconds(time))
    if startedAt == nil { startedAt = now }
    since = min(since ?? now, now)
  }

  /// The wall clock was stepped: what this stream saw happened so long before the step as it did.
  public mutating func record(_ step: ClockEvent) {
    advance(to: step.time)
    clock.record(step)
    advance(to: step.time)
  }

  /// Dates what this stream saw by the wall clock, once that is believed.
  private mutating func follow(at time: KernelInstant) {
    let dated = clock.seconds(time)
    let last = max(now, dated)
    guard clock.settle(at: time), let start = startedAt else { return }
    let step = clock.seconds(time) - dated
    let now = UnixSeconds.clamped(last + step)
    guard step != 0, start <= last else { return }
    let own = Redating(span: start...last, step: step, latest: now)
    _ = redate(own)
    since = since.map(own.seconds)
    // From before, and yet later than the clock that is believed now: a wrong one wrote it.
    let late = now + DatingClock.slackSeconds
    if late < start {
      let others = Redating(span: late...start - 1, step: step, latest: now)
      redatedRows &+= redate(others)
      since = since.map(others.seconds)
    }
    self.now = now
    startedAt = UnixSeconds.clamped(start + step)
  }

  /// Gives all dates of a span others; counts the rows that changed.
  private mutating func redate(_ dates: Redating) -> UInt64 {
    redate(&subjects, dates) + redate(&pairs, dates) + redate(&destinations, dates)
      + redate(&edges, dates) + redate(&names, dates)
  }

  private func redate<Key, Owner, Record: Redatable>(
    _ table: inout HabitTable<Key, Owner, Record>, _ dates: Redating
  ) -> UInt64 {
    var count: UInt64 = 0
    for slot in table.used {
      var record = table[slot].record
      record.redate(dates)
      guard record != table[slot].record else { continue }
      table[slot].record = record
      table[slot].isChanged = true
      count += 1
    }
    return count
  }
}
