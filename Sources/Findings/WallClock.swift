// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Turns event time into wall time, by what the stream says of it.
struct WallClock: Sendable {
  /// Unix nanoseconds of boot time 0.
  private var epochNanoseconds: Int64

  init(epochNanoseconds: Int64) {
    self.epochNanoseconds = epochNanoseconds
  }

  /// The wall clock was stepped: times from here on are told by the new one.
  mutating func record(_ event: ClockEvent) {
    let boot = Int64(clamping: event.time.nanoseconds)
    let (difference, overflow) = event.wallNanoseconds.subtractingReportingOverflow(boot)
    if !overflow { epochNanoseconds = difference }
  }

  func unixNanoseconds(_ time: KernelInstant) -> Int64 {
    let (sum, overflow) = epochNanoseconds.addingReportingOverflow(
      Int64(clamping: time.nanoseconds))
    return overflow ? .max : sum
  }

  /// RFC 3339, UTC, milliseconds.
  func text(_ time: KernelInstant) -> String {
    Self.text(unixNanoseconds: unixNanoseconds(time))
  }

  static func text(unixNanoseconds: Int64) -> String {
    // Within a second of the smallest number, rounding down would overflow.
    let (second, nanosecond) = Self.floored(
      max(unixNanoseconds, -9_000_000_000_000_000_000), by: 1_000_000_000)
    let (day, secondOfDay) = Self.floored(second, by: 86_400)
    let date = Self.civil(day)
    let time = [secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60]
    return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
      + time.map { padded($0, 2) }.joined(separator: ":") + "."
      + padded(nanosecond / 1_000_000, 3) + "Z"
  }

  private static func floored(_ value: Int64, by unit: Int64) -> (Int64, Int64) {
    let remainder = (value % unit + unit) % unit
    return ((value - remainder) / unit, remainder)
  }

  /// Year, month and day of a day count since 1970-01-01, in the proleptic Gregorian calendar.
  ///
  /// Years begin in March here, so that the leap day is the last of its year; 146,097 days are
  /// 400 years.
  private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floored(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let january = month >= 10
    return (
      era * 400 + yearOfEra + (january ? 1 : 0), january ? month - 9 : month + 3,
      dayOfYear - (153 * month + 2) / 5 + 1
    )
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
