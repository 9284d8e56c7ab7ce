// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Sensor

extension SensorFailure {
  /// Says the failure in one line on standard error and gives its documented exit code.
  func exit() -> ExitCode {
    Terminal.say("halfwire: \(message)")
    return ExitCode(status.rawValue)
  }
}

/// Runs a command's body; what it throws becomes one line and an exit code.
func reporting<Result>(_ body: () throws(SensorFailure) -> Result) throws -> Result {
  do {
    return try body()
  } catch {
    throw error.exit()
  }
}

/// Data goes to standard output, talk to standard error.
enum Terminal {
  static func say(_ line: String) {
    // Where nobody can be told, nothing is left to do.
    _ = write(line + "\n", to: 2)
  }

  /// What was open before the sensor, and how long the search for it took.
  static func say(_ found: LiveSource.Found) {
    let milliseconds = found.duration / .milliseconds(1)
    let tenths = (milliseconds * 10).rounded() / 10
    say("adopted \(found.sockets) sockets in \(tenths) ms")
  }

  /// The books of the kernel side and the reader did not close.
  static func warn(unaccounted records: Int64) {
    guard records != 0 else { return }
    say("halfwire: warning: \(records) records were neither delivered nor counted as lost")
  }

  /// A skipped run is no loss where the hook's second copy ran instead; both counts are told.
  static func say(skippedRuns hooks: [(hook: String, runs: UInt64)]) {
    guard !hooks.isEmpty else { return }
    let runs = hooks.map { "\($0.hook) \($0.runs)" }.joined(separator: ", ")
    say("runs of hooks that the kernel skipped: \(runs)")
  }

  /// Ends the command when it cannot be written: data that is cut must not look whole.
  static func print(_ text: String) throws {
    let code = write(text, to: 1)
    guard code != 0 else { return }
    // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
    let reason = unsafe String(cString: strerror(code))
    throw SensorFailure(.inputOutput, "cannot write standard output: \(reason)").exit()
  }

  /// Gives 0, or the errno of what could not be written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      // SAFETY: the kernel reads at most `count` bytes of the slice's storage.
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      rest = rest.dropFirst(count)
    }
    return 0
  }

  /// Columns of the terminal on standard output; nil when it is none.
  static var width: Int? {
    guard isatty(1) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Colour only where a person looks and has not asked for none (no-color.org).
  static var wantsColor: Bool {
    unsafe getenv("NO_COLOR") == nil && isatty(1) == 1
  }
}
