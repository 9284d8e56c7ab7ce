// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// SIGINT and SIGTERM as something to ask for, instead of something that interrupts.
///
/// Make it before any thread is started: threads inherit the blocked signals.
public struct StopSignals: Sendable {
  private let set: sigset_t

  public init() {
    var set = sigset_t()
    _ = unsafe sigemptyset(&set)
    _ = unsafe sigaddset(&set, SIGINT)
    _ = unsafe sigaddset(&set, SIGTERM)
    // A shell starts background jobs with SIGINT ignored, and an ignored signal never waits.
    _ = signal(SIGINT, SIG_DFL)
    _ = signal(SIGTERM, SIG_DFL)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    // A reader that went away (`| head`) ends the write with EPIPE, not the process.
    _ = signal(SIGPIPE, SIG_IGN)
    self.set = set
  }

  /// Undoes the blocking for a child that inherited it and asks for no signal.
  public static func unblock() {
    var set = sigset_t()
    _ = unsafe sigemptyset(&set)
    _ = unsafe sigaddset(&set, SIGINT)
    _ = unsafe sigaddset(&set, SIGTERM)
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// True once a signal came; each signal is told once.
  public func arrived() -> Bool {
    var set = set
    var now = timespec()
    return unsafe sigtimedwait(&set, nil, &now) > 0
  }
}
