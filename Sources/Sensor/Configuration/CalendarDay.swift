// SPDX-License-Identifier: Apache-2.0

internal import Trace

/// Times as people write them, in UTC.
enum CalendarDay {
  /// `2026-02-19`, or a time of that day as RFC 3339 has it; nil where it is neither.
  ///
  /// A blank may stand for the T, as in TOML; without an offset the time is UTC.
  static func unixSeconds(text: String) -> Int64? {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.accept("-"), let month = reader.number(2),
      reader.accept("-"), let day = reader.number(2), (1...12).contains(month),
      (1...length(year: year, month: month)).contains(day)
    else { return nil }
    let midnight = WallClockText.days(year: year, month: month, day: day) * 86_400
    if reader.isAtEnd { return midnight }
    guard reader.accept("T") || reader.accept("t") || reader.accept(" "),
      let hour = reader.number(2), reader.accept(":"), let minute = reader.number(2),
      reader.accept(":"), let second = reader.number(2), hour < 24, minute < 60, second < 60
    else { return nil }
    if reader.accept(".") { reader.skipDigits() }
    let time = midnight + hour * 3_600 + minute * 60 + second
    if reader.isAtEnd { return time }
    if reader.accept("Z") || reader.accept("z") { return reader.isAtEnd ? time : nil }
    let isWest = reader.accept("-")
    guard isWest || reader.accept("+"), let hours = reader.number(2), reader.accept(":"),
      let minutes = reader.number(2), hours < 24, minutes < 60, reader.isAtEnd
    else { return nil }
    let offset = hours * 3_600 + minutes * 60
    return isWest ? time + offset : time - offset
  }

  private static func length(year: Int64, month: Int64) -> Int64 {
    let (nextYear, nextMonth) = month == 12 ? (year + 1, 1) : (year, month + 1)
    return WallClockText.days(year: nextYear, month: nextMonth, day: 1)
      - WallClockText.days(year: year, month: month, day: 1)
  }

  /// Later times, from 2262 on, cannot be written.
  static let latest = Int64.max / 1_000_000_000

  /// `2026-02-19T04:40:00Z`.
  static func text(unixSeconds: Int64) -> String {
    let (nanoseconds, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    let text = WallClockText.rfc3339(
      unixNanoseconds: overflow ? (unixSeconds < 0 ? .min : .max) : nanoseconds)
    // Whole seconds need no fraction.
    return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
  }

  /// `2026-02-19`, the day in UTC.
  static func dayText(unixSeconds: Int64) -> String {
    String(text(unixSeconds: unixSeconds).prefix(10))
  }
}

/// Digits and signs of a text, one after the other.
private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = text[...].utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func accept(_ sign: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: sign) else { return false }
    rest.removeFirst()
    return true
  }

  /// Exactly so many digits.
  mutating func number(_ count: Int) -> Int64? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    rest.removeFirst(count)
    return Int64(Substring(digits))
  }

  mutating func skipDigits() {
    while let digit = rest.first, (0x30...0x39).contains(digit) { rest.removeFirst() }
  }
}
