// SPDX-License-Identifier: Apache-2.0

import Foundation
import Identity
import Wire

/// A program that runs until it is told to end.
final class Running {
  static let sleep = URL(filePath: "/bin/sleep").resolvingSymlinksInPath()

  let process = Process()
  let key: ProcessKey

  init(_ program: String) throws {
    process.executableURL = URL(filePath: program)
    process.arguments = ["60"]
    try process.run()
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

  var question: IdentityQuestion {
    IdentityQuestion(image: ImageKey(pid: key.pid, start: key.start, execID: 1))
  }

  deinit {
    // Not SIGTERM: whoever runs the tests may have it ignored, and children inherit that.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
