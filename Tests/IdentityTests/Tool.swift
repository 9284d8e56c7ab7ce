// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the system's own tools say.
enum Tool {
  static func output(_ name: String, _ arguments: String...) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }

  static func digest(_ name: String, of path: String) throws -> String {
    String(try output(name, path).prefix { $0 != " " })
  }

  /// Unix nanoseconds, by stat(1).
  static func modified(_ path: String) throws -> Int64 {
    let parts = try output("stat", "-c", "%.9Y", path).split { $0 == "." || $0 == "\n" }
    return try #require(Int64(parts.joined()))
  }
}
