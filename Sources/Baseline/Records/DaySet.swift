// SPDX-License-Identifier: Apache-2.0

/// On which of the last 32 days something happened, in eight bytes.
public struct DaySet: Hashable, Sendable, BitwiseCopyable {
  /// The last marked day, counted from 1970-01-01 UTC.
  public private(set) var last: Int32
  /// Bit n is the day n days before the last.
  public private(set) var bits: UInt32

  public init() {
    last = 0
    bits = 0
  }

  /// Takes over what was stored.
  public init(last: Int32, bits: UInt32) {
    self.last = last
    self.bits = bits
  }

  /// Marks a day; one before the last is marked where it still has a place.
  public mutating func mark(_ day: Int32) {
    if bits == 0 {
      last = day
      bits = 1
    } else if day > last {
      let step = Int64(day) - Int64(last)
      bits = step > 31 ? 1 : (bits << UInt32(step)) | 1
      last = day
    } else if Int64(last) - Int64(day) < 32 {
      bits |= 1 << UInt32(last - day)
    }
  }

  /// Takes a day back.
  public mutating func unmark(_ day: Int32) {
    guard day <= last, Int64(last) - Int64(day) < 32 else { return }
    bits &= ~(1 << UInt32(last - day))
  }

  /// Marked days among the `window` days that end with `day`, at most 32.
  public func count(upTo day: Int32, window: Int = 32) -> Int {
    let age = Int64(day) - Int64(last)
    guard bits != 0, age >= 0, age < 32 else { return 0 }
    let shifted = bits << UInt32(age)
    let mask: UInt32 = window >= 32 ? .max : (1 << UInt32(max(window, 0))) - 1
    return (shifted & mask).nonzeroBitCount
  }

  /// The days of this set that are not in the other.
  public func subtracting(_ other: DaySet) -> DaySet {
    DaySet(last: last, bits: bits & ~other.bits(endingWith: last))
  }

  public mutating func formUnion(_ other: DaySet) {
    guard other.bits != 0 else { return }
    guard bits != 0 else {
      self = other
      return
    }
    let newest = max(last, other.last)
    self = DaySet(
      last: newest, bits: bits(endingWith: newest) | other.bits(endingWith: newest))
  }

  /// The marks as of another last day; what is later or too early for it is left out.
  private func bits(endingWith day: Int32) -> UInt32 {
    let step = Int64(day) - Int64(last)
    guard abs(step) < 32 else { return 0 }
    return step >= 0 ? bits << UInt32(step) : bits >> UInt32(-step)
  }
}
