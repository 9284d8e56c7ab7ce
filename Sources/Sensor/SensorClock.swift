// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The wall clock for the commands that people type; the stream has its own time.
public enum SensorClock {
  public static func unixSeconds() -> Int64 {
    (KernelClock.wallEpochNanoseconds() + Int64(clamping: KernelClock.now().nanoseconds))
      / 1_000_000_000
  }
}
