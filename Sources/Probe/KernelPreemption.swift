// SPDX-License-Identifier: Apache-2.0

/// Whether a hook can be preempted, so that its program is skipped for others (bpf/twins.h).
enum KernelPreemption {
  /// Where it cannot be told: true, which costs time (bpf/README.md) and loses nothing.
  static func reachesHooks(of backend: Backend) -> Bool {
    guard preemptsItself() else { return false }
    switch backend {
    case .functions: return true
    // Seen preempted on 7.2, never on 6.12. A wrong guess here costs time, or counted misses.
    case .tracepoints: return majorRelease() >= 7
    }
  }

  /// The scheduler's own word, which is in debugfs; else what the kernel was built for.
  private static func preemptsItself() -> Bool {
    if let mode = SmallFile.read("/sys/kernel/debug/sched/preempt") {
      return !mode.contains("(none)") && !mode.contains("(voluntary)")
    }
    return SmallFile.read("/proc/version")?.contains("PREEMPT") ?? true
  }

  private static func majorRelease() -> Int {
    let release = SmallFile.read("/proc/sys/kernel/osrelease") ?? ""
    return Int(release.prefix { $0.isNumber }) ?? .max
  }
}
