// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A textfile that could not be written.
public struct TextfileError: Error, Hashable, CustomStringConvertible {
  /// What was being done.
  public enum Step: String, Sendable {
    case create, write, rename
  }

  public let step: Step
  /// The file that the step was about.
  public let path: String
  public let directory: String
  public let reason: SystemError

  /// One sentence that says what to do.
  public var fix: String {
    switch reason.code {
    case ENOENT: "Create it: mkdir -p \(directory)"
    case ENOTDIR: "Name a directory, not a file; the file in it is always halfwire.prom."
    case EACCES, EPERM:
      "Let the sensor's user write there: chown \(geteuid()) \(directory), or name another directory."
    case EROFS:
      "The file system is read-only: name another directory, or add it to ReadWritePaths= of the unit."
    case ENOSPC, EDQUOT: "Make room on its file system."
    case EISDIR: "Remove the directory that has the file's name: \(path)"
    default: "Check the directory and the messages of the kernel (dmesg)."
    }
  }

  public var description: String {
    "cannot \(step.rawValue) \(path): \(reason). \(fix)"
  }
}
