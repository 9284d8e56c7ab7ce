// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Leaves snapshots in a directory that node_exporter's textfile collector reads.
public struct Textfile: Sendable {
  public static let fileName = "halfwire.prom"

  public let directory: String

  public init(directory: String) {
    self.directory = directory
  }

  /// The file that readers see.
  public var path: String { directory + "/" + Self.fileName }

  /// Replaces the file by a snapshot, so that a reader finds the old one or the new one whole.
  ///
  /// It has mode 0644 and holds the `halfwire_*` families in the 0.0.4 format; the `process_*` ones
  /// are left out, because node_exporter has its own. Nothing removes the file when the sensor ends:
  /// readers see from `halfwire_heartbeat_timestamp_seconds` that it is old.
  public func write(_ snapshot: MetricSnapshot) throws(TextfileError) {
    // Readers take only names that end in .prom. The name is fixed, so that a crash leaves at most
    // one such file behind; O_EXCL and O_NOFOLLOW keep a link planted under it from being followed.
    let temporary = path + ".tmp"
    let bytes = snapshot.prefixedOnly().text(.prometheus)
    try? SystemCalls.unlink(temporary)
    let descriptor = try step(.create, temporary) { () throws(SystemError) in
      try SystemCalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    }
    do throws(TextfileError) {
      defer { close(descriptor) }
      try step(.write, temporary) { () throws(SystemError) in
        try SystemCalls.write(bytes, to: descriptor)
        try SystemCalls.setMode(0o644, of: descriptor)
        try SystemCalls.synchronise(descriptor)
      }
      try step(.rename, path) { () throws(SystemError) in
        try SystemCalls.rename(temporary, to: path)
      }
    } catch {
      try? SystemCalls.unlink(temporary)
      throw error
    }
  }

  private func step<Result>(
    _ step: TextfileError.Step, _ path: String, _ body: () throws(SystemError) -> Result
  ) throws(TextfileError) -> Result {
    do throws(SystemError) {
      return try body()
    } catch {
      throw TextfileError(step: step, path: path, directory: directory, reason: error)
    }
  }
}
