// SPDX-License-Identifier: Apache-2.0

/// A moment on the kernel's boot clock (CLOCK_BOOTTIME), in nanoseconds; never wall time.
public struct KernelInstant: Hashable, BitwiseCopyable, Sendable {
  public let nanoseconds: UInt64

  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The boot itself, and "unknown" where a trace knows no start.
  public static let zero = KernelInstant(nanoseconds: 0)

  /// Seconds since boot.
  ///
  /// A double keeps microseconds for 285 years of uptime.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Nanoseconds from `earlier` to here, 0 when `earlier` is later.
  public func nanoseconds(since earlier: KernelInstant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }

  /// This moment moved on by `interval`, stopping at the end of the clock.
  public func advanced(byNanoseconds interval: UInt64) -> KernelInstant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(interval)
    return KernelInstant(nanoseconds: overflow ? .max : sum)
  }
}

extension KernelInstant: Comparable {
  public static func < (left: KernelInstant, right: KernelInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
