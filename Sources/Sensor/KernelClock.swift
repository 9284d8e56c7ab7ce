// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// The kernel's clocks; the one place where the sensor asks what time it is.
enum KernelClock {
  /// Now, on the clock that events carry.
  static func now() -> KernelInstant {
    KernelInstant(nanoseconds: UInt64(clamping: read(CLOCK_BOOTTIME)))
  }

  /// Unix nanoseconds of boot time 0: moves only when the wall clock is set or slewed.
  static func wallEpochNanoseconds() -> Int64 {
    read(CLOCK_REALTIME) - read(CLOCK_BOOTTIME)
  }

  private static func read(_ clock: Int32) -> Int64 {
    var time = timespec()
    guard unsafe clock_gettime(clock, &time) == 0 else { return 0 }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
