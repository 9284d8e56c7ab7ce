// SPDX-License-Identifier: Apache-2.0

/// Gives moments of a span other dates: those that a wrong clock wrote.
struct Redating {
  /// Unix seconds; what lies outside stays.
  let span: ClosedRange<Int64>
  /// Seconds to add.
  let step: Int64
  /// Nothing is later than this afterwards, in Unix seconds.
  let latest: Int64

  func seconds(_ moment: Int64) -> Int64 {
    guard span.contains(moment) else { return moment }
    let (moved, overflow) = moment.addingReportingOverflow(step)
    return UnixSeconds.clamped(min(overflow ? .max : moved, latest))
  }

  /// The number of a stretch of so many seconds, a day for one, counted since 1970.
  ///
  /// Which moments of it are meant is not known: the middle of what lies within the span stands for
  /// them.
  func stretch(_ number: Int64, ofSeconds length: Int64) -> Int64 {
    let (start, overflow) = number.multipliedReportingOverflow(by: length)
    guard !overflow, start < .max - length else { return number }
    let (first, last) = (max(start, span.lowerBound), min(start + length - 1, span.upperBound))
    guard first <= last else { return number }
    return seconds(first + (last - first) / 2) / length
  }
}

/// A record that dates stand in.
protocol Redatable: Hashable {
  mutating func redate(_ dates: Redating)
}

extension DaySet {
  mutating func redate(_ dates: Redating) {
    guard bits != 0 else { return }
    var moved = DaySet()
    for age in (0..<32).reversed() where bits & (1 << UInt32(age)) != 0 {
      let day = dates.stretch(Int64(last) - Int64(age), ofSeconds: 86_400)
      moved.mark(Int32(clamping: day))
    }
    self = moved
  }
}

extension SubjectRecord: Redatable {
  mutating func redate(_ dates: Redating) {
    firstSeen = dates.seconds(firstSeen)
    lastSeen = dates.seconds(lastSeen)
    active.redate(dates)
    inbound.redate(dates)
    sent.redate(dates)
    for index in protocols.indices {
      protocols[index].firstSeen = dates.seconds(protocols[index].firstSeen)
    }
  }
}

extension PairRecord: Redatable {
  mutating func redate(_ dates: Redating) {
    firstSeen = dates.seconds(firstSeen)
    lastSeen = dates.seconds(lastSeen)
    days.redate(dates)
    tainted.redate(dates)
  }
}

extension DestinationRecord: Redatable {
  mutating func redate(_ dates: Redating) {
    firstSeen = dates.seconds(firstSeen)
    lastSeen = dates.seconds(lastSeen)
  }
}

extension SeenRecord: Redatable {
  mutating func redate(_ dates: Redating) {
    firstSeen = dates.seconds(firstSeen)
    lastSeen = dates.seconds(lastSeen)
  }
}
