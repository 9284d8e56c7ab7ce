// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The clock that what is seen is dated by: the wall clock, as far as it can be believed.
///
/// A host without a battery for its clock boots in 1970, one with a broken battery anywhere, and a
/// time server sets it right minutes later. What is known from before says when the last run ended.
/// A clock that starts far from there is not believed at once: time then goes on from that end,
/// until the clock is set, or has stood for an hour, or goes on in the next run: what it read at the
/// last run's end is kept beside how that was dated.
struct DatingClock: Sendable {
  /// So far may a clock be behind what is known: one in local time is.
  static let slackSeconds: Int64 = 86_400
  /// So far may it be ahead: later, the days that are remembered of a pair would be forgotten.
  static let leapSeconds: Int64 = 32 * 86_400
  /// So long must a clock stand that is not believed at once: time servers answer sooner.
  static let patienceNanoseconds: UInt64 = 3_600_000_000_000
  /// 2020-12-13, the day of Linux 5.10, in Unix seconds: no host that this runs on is older.
  static let earliestSeconds: Int64 = 1_607_817_600

  /// Unix nanoseconds of boot time 0, as things are dated.
  private(set) var epochNanoseconds: Int64
  /// The same by the wall clock.
  private var wallEpochNanoseconds: Int64
  private var hasPast = false
  /// Since when the wall clock is not believed.
  private var doubtedSince: KernelInstant?

  /// A boot before 1970 is one at its beginning: dates are kept from there on.
  init(epochNanoseconds: Int64) {
    self.epochNanoseconds = max(epochNanoseconds, 0)
    wallEpochNanoseconds = self.epochNanoseconds
  }

  var isDoubted: Bool { isAstray && doubtedSince != nil }

  /// The wall clock says something else than things are dated by.
  var isAstray: Bool { wallEpochNanoseconds != epochNanoseconds }

  func seconds(_ time: KernelInstant) -> Int64 { Self.seconds(time, epochNanoseconds) }

  /// The last run ended at Unix `nanoseconds`, when the wall clock read `reading`; `time` is when
  /// this one begins.
  mutating func know(watchedUntil nanoseconds: Int64, reading: Int64?, at time: KernelInstant) {
    guard !hasPast else { return }
    hasPast = true
    let wall = wallSeconds(time)
    let isVouched = reading.map { Self.isVouched(wall, byReading: $0 / 1_000_000_000) } ?? false
    guard !isVouched, !isBelievable(at: time, after: nanoseconds / 1_000_000_000) else { return }
    let boot = nanoseconds.subtractingReportingOverflow(Int64(clamping: time.nanoseconds))
    guard !boot.overflow else { return }
    epochNanoseconds = boot.partialValue
    doubtedSince = time
  }

  /// The wall clock was stepped.
  mutating func record(_ step: ClockEvent) {
    let boot = Int64(clamping: step.time.nanoseconds)
    let (difference, overflow) = step.wallNanoseconds.subtractingReportingOverflow(boot)
    if !overflow { wallEpochNanoseconds = max(difference, 0) }
    if !isAstray { doubtedSince = nil }
  }

  /// Follows the wall clock where it can be believed; true where that changed a date.
  mutating func settle(at time: KernelInstant) -> Bool {
    guard isAstray else { return false }
    if hasPast, !isBelievable(at: time, after: seconds(time)) {
      let since = doubtedSince ?? time
      doubtedSince = since
      guard time.nanoseconds(since: since) >= Self.patienceNanoseconds,
        wallSeconds(time) >= Self.earliestSeconds
      else { return false }
    }
    doubtedSince = nil
    epochNanoseconds = wallEpochNanoseconds
    return true
  }

  /// Two starts vouch for each other: a clock that went on since the last run does run, while one
  /// that begins anywhere does so again.
  static func isVouched(_ wall: Int64, byReading reading: Int64) -> Bool {
    let (away, overflow) = wall.subtractingReportingOverflow(reading)
    return !overflow && away >= 0 && away <= leapSeconds && wall >= earliestSeconds
  }

  private func isBelievable(at time: KernelInstant, after known: Int64) -> Bool {
    let (leap, overflow) = wallSeconds(time).subtractingReportingOverflow(known)
    return !overflow && leap >= -Self.slackSeconds && leap <= Self.leapSeconds
  }

  private func wallSeconds(_ time: KernelInstant) -> Int64 {
    Self.seconds(time, wallEpochNanoseconds)
  }

  private static func seconds(_ time: KernelInstant, _ epoch: Int64) -> Int64 {
    let wall = epoch.addingReportingOverflow(Int64(clamping: time.nanoseconds))
    return UnixSeconds.clamped((wall.overflow ? .max : wall.partialValue) / 1_000_000_000)
  }
}
