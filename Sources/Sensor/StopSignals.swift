// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// SIGINT and SIGTERM as something to ask for, instead of something that interrupts.
///
/// Make it before any thread is started: threads inherit the blocked signals.
public final class StopSignals: Sendable {
  private let descriptor: Int32

  public init() {
    var set = sigset_t()
    _ = unsafe sigemptyset(&set)
    _ = unsafe sigaddset(&set, SIGINT)
    _ = unsafe sigaddset(&set, SIGTERM)
    // A shell starts background jobs with SIGINT ignored, and an ignored signal is never told.
    _ = signal(SIGINT, SIG_DFL)
    _ = signal(SIGTERM, SIG_DFL)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    descriptor = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK.rawValue | SFD_CLOEXEC.rawValue))
    // A reader that went away (`| head`) ends the write with EPIPE, not the process.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// True once a signal came; each signal is told once.
  public func arrived() -> Bool {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    // SAFETY: the kernel writes whole records of exactly this size.
    return unsafe read(descriptor, &information, size) == size
  }
}
