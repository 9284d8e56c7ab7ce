// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// When bytes were received lately, to a quarter of a second, in twelve bytes.
///
/// A snapshot says that bytes came between a burst's first and last operation, so both are noted.
public struct ReceiptTimes: Hashable, Sendable, BitwiseCopyable {
  /// 2^28 ns, about 0.27 s: a shift is cheaper than a division.
  private static let shift: UInt64 = 28

  private var newest: UInt64 = 0
  /// Bit n is the unit n units before the newest.
  private var units: UInt64 = 0

  public init() {}

  @inline(__always)
  mutating func note(from first: KernelInstant, to last: KernelInstant) {
    note(first.nanoseconds >> Self.shift)
    note(last.nanoseconds >> Self.shift)
  }

  @inline(__always)
  private mutating func note(_ unit: UInt64) {
    if unit > newest {
      let step = unit - newest
      units = step > 63 ? 1 : (units << step) | 1
      newest = unit
    } else if newest - unit < 64 {
      units |= 1 << (newest - unit)
    }
  }

  /// The last time that bytes came, a quarter of a second early at most; zero before the first.
  var last: KernelInstant { KernelInstant(nanoseconds: newest << Self.shift) }

  /// Whether bytes came at most `seconds` before a moment; about 17 s are remembered.
  func isReceived(within seconds: Double, before time: KernelInstant) -> Bool {
    guard units != 0 else { return false }
    let last = time.nanoseconds >> Self.shift
    let span = UInt64(seconds * 1e9) >> Self.shift
    let first = last > span ? last - span : 0
    for unit in first...last where unit <= newest && newest - unit < 64 {
      if units & (1 << (newest - unit)) != 0 { return true }
    }
    return false
  }
}
