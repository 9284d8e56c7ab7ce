// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How long one run took, by the wall and by this thread's own time on a processor.
///
/// On a machine shared with others only the second says what the work costs.
public struct Elapsed: Sendable {
  public var wallSeconds: Double
  public var processorSeconds: Double

  /// No time at all, before the first run.
  public static let none = Elapsed(wallSeconds: 0, processorSeconds: 0)
}

/// Measures runs.
public enum Stopwatch {
  /// Runs `work` once and says how long it took.
  public static func measure<Failure: Error>(
    _ work: () throws(Failure) -> Void
  ) throws(Failure) -> Elapsed {
    let wall = seconds(CLOCK_MONOTONIC)
    let processor = seconds(CLOCK_THREAD_CPUTIME_ID)
    try work()
    return Elapsed(
      wallSeconds: seconds(CLOCK_MONOTONIC) - wall,
      processorSeconds: seconds(CLOCK_THREAD_CPUTIME_ID) - processor)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    // SAFETY: the structure lives through the call.
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
