// SPDX-License-Identifier: Apache-2.0

/// A program as a finding's subject names it: what vouches for its path, and the code that it runs.
public struct SuppressedProgram: Hashable, Sendable {
  /// `pkg:curl`, `uid:0`, `image:nginx`.
  public var origin: String
  /// The whole path; empty only where an address stands in for a process.
  public var path: String
  /// The code it interprets, the job or the unit; nil where there is none.
  public var script: String?

  public init(origin: String, path: String, script: String? = nil) {
    self.origin = origin
    self.path = path
    self.script = script
  }

  /// Three fields of a subject's text: `pkg:cron|/usr/sbin/cron|job:9a41c0d2e5f60718`.
  ///
  /// Nil where they name nobody.
  public init?(text: String) {
    self.init(fields: text.split(separator: "|", omittingEmptySubsequences: false)[...])
  }

  init?(fields: ArraySlice<Substring>) {
    let fields = fields.map(String.init)
    guard fields.count == 3, !fields[0].isEmpty else { return nil }
    self.init(origin: fields[0], path: fields[1], script: fields[2].isEmpty ? nil : fields[2])
  }

  /// The script's path, where the code is in a file that is known by it.
  public var scriptPath: String? {
    script.flatMap { $0.hasPrefix("file:") ? String($0.dropFirst(5)) : nil }
  }

  public var text: String { [origin, path, script ?? ""].joined(separator: "|") }
}
