// SPDX-License-Identifier: Apache-2.0

/// Who acts, independent of pid, uid and time: an executable, its script and what started it.
///
/// Every visit by a new process of the same subject counts for the same pairs.
public struct Subject: Hashable, Sendable {
  public var executable: ExecutableIdentity
  /// The code that runs, where the executable only interprets it.
  public var script: ScriptIdentity?
  /// The nearest ancestor that does more than pass its work on; nil where none is known.
  public var initiator: Initiator?

  public init(
    executable: ExecutableIdentity, script: ScriptIdentity? = nil, initiator: Initiator? = nil
  ) {
    self.executable = executable
    self.script = script
    self.initiator = initiator
  }
}

/// What started a subject's process, through shells, sudo and the like.
public struct Initiator: Hashable, Sendable {
  public var executable: ExecutableIdentity
  /// Its script, its job line (cron) or the unit it started (systemd).
  public var script: ScriptIdentity?

  public init(executable: ExecutableIdentity, script: ScriptIdentity? = nil) {
    self.executable = executable
    self.script = script
  }
}

extension Subject: CustomStringConvertible {
  /// The stable text form, used in findings, suppressions and the baseline.
  ///
  /// Seven fields joined by `|`: the version `s1`, then origin, path and script of the executable
  /// and of the initiator; what is not known or does not apply is empty. Inside a field `|`, `%`,
  /// control characters and bytes that are no UTF-8 stand as `%XX`, so the form is reversible:
  /// `s1|pkg:curl|/usr/bin/curl||pkg:cron|/usr/sbin/cron|job:9a41c0d2e5f60718`.
  public var description: String {
    let fields = [
      "s1", executable.origin.description, executable.escapedPath, script?.description ?? "",
      initiator?.executable.origin.description ?? "", initiator?.executable.escapedPath ?? "",
      initiator?.script?.description ?? "",
    ]
    return fields.joined(separator: "|")
  }
}

/// A subject's number, never reused within a run.
public struct SubjectID: Hashable, BitwiseCopyable, Sendable {
  public let number: UInt32

  init(number: UInt32) {
    self.number = number
  }

  /// Stands where no subject is meant; no subject gets that number within a run.
  public static let none = SubjectID(number: .max)
}
