// SPDX-License-Identifier: Apache-2.0

import Foundation
import Identity
import Wire

/// A program that runs until it is told to end.
final class Running {
  static let sleep = URL(filePath: "/bin/sleep").resolvingSymlinksInPath()

  let process: Process
  let key: ProcessKey

  /// `launcher` is a command line that runs the one behind it in its own process.
  init(_ program: String, by launcher: [String] = []) throws {
    let command = [program, "60"]
    process = try Self.start(
      launcher.isEmpty ? command : ["/usr/bin/env"] + launcher + command)
    let pid = UInt32(process.processIdentifier)
    // proc_pid_stat(5): field 22, in ticks of 10 ms on every Linux port that Swift has.
    var start: UInt64 = 0
    for _ in 0..<200 where start == 0 {
      let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
      guard link == program else {
        usleep(10_000)
        continue
      }
      let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      let fields = stat.drop { $0 != ")" }.split(separator: " ")
      start = (UInt64(fields[20]) ?? 0) * 10_000_000
    }
    key = ProcessKey(pid: pid, start: KernelInstant(nanoseconds: start))
  }

  /// A copy just made is "busy" (ETXTBSY) as long as a child that another test forks meanwhile
  /// holds the descriptor it was written through: until that child's exec.
  private static func start(_ command: [String]) throws -> Process {
    for attempt in 0... {
      let process = Process()
      process.executableURL = URL(filePath: command[0])
      process.arguments = Array(command.dropFirst())
      do {
        try process.run()
        return process
      } catch let error as NSError {
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        guard attempt < 200, cause.code == Int(ETXTBSY) else { throw error }
        usleep(10_000)
      }
    }
    preconditionFailure("the attempts have no end")
  }

  var question: IdentityQuestion {
    IdentityQuestion(image: ImageKey(pid: key.pid, start: key.start, execID: 1))
  }

  deinit {
    // Not SIGTERM: whoever runs the tests may have it ignored, and children inherit that.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
