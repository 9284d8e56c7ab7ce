// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A copy of this program in a directory of its own under /tmp, and a child that runs from it.
///
/// An implant runs from such a place; a copy there is judged like one. Copy and directory are
/// removed when this object is.
public final class TemporaryCopy {
  private let directory: String
  private let path: String

  public init() throws(SimulationError) {
    var template = Array("/tmp/halfwire-simulate-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw .last("make a directory under /tmp") }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    path = directory + "/halfwire"
    // From here on deinit tidies up, also when the copy fails.
    try Self.copySelf(to: path)
  }

  deinit {
    _ = unsafe unlink(path)
    _ = unsafe rmdir(directory)
  }

  private static func copySelf(to path: String) throws(SimulationError) {
    let source = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw .last("open /proc/self/exe") }
    defer { close(source) }
    let target = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700)
    guard target >= 0 else { throw .last("create \(path)") }
    defer { close(target) }
    while true {
      let count = sendfile(target, source, nil, 1 << 22)
      guard count >= 0 else {
        throw .last("copy to \(path)")
      }
      guard count > 0 else { return }
    }
  }

  /// Starts the copy with these arguments (after its own name).
  public func start(_ arguments: [String]) throws(SimulationError) -> Child {
    var process = pid_t()
    let words = [path] + arguments
    // SAFETY: each word is NUL-ended and freed after the call; the vector ends with nil.
    var vector = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe vector.forEach { unsafe free($0) } }
    let code = unsafe posix_spawn(&process, path, nil, nil, &vector, environ)
    guard code == 0 else { throw .system(operation: "start \(path)", code: code) }
    return Child(process: process)
  }
}

/// A started copy; ended, if need be, and waited for when this value goes.
public final class Child {
  private let process: pid_t
  private var status: Int32?

  init(process: pid_t) {
    self.process = process
  }

  deinit {
    guard !hasEnded() else { return }
    kill(process, SIGTERM)
    var status: Int32 = 0
    _ = unsafe waitpid(process, &status, 0)
  }

  /// Whether it has ended by itself.
  public func hasEnded() -> Bool {
    if status != nil { return true }
    var status: Int32 = 0
    guard unsafe waitpid(process, &status, WNOHANG) == process else { return false }
    self.status = status
    return true
  }

  /// Ended by itself, with exit code 0.
  public var hasSucceeded: Bool { status == 0 }
}
