// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An empty directory that goes with the test.
final class ScratchDirectory: Sendable {
  let path: String

  struct Failure: Error {}

  init() throws {
    path = "/tmp/halfwire-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    // SAFETY: here and below, paths live for the call.
    guard unsafe mkdir(path, 0o700) == 0 else { throw Failure() }
  }

  deinit {
    for folder in [path + "/state", path] {
      for name in ["state.db", "state.db-wal", "state.db-shm", "state.db-journal"] {
        _ = unsafe unlink(folder + "/" + name)
      }
      _ = unsafe rmdir(folder)
    }
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    guard unsafe lstat(path + "/" + name, &status) == 0 else { return 0 }
    return status.st_mode & 0o7777
  }

  func remove(_ name: String) { _ = unsafe unlink(path + "/" + name) }

  func write(_ name: String, _ bytes: [UInt8]) {
    guard let file = unsafe fopen(path + "/" + name, "we") else { return }
    _ = unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
  }

  func read(_ name: String) -> [UInt8] {
    guard let file = unsafe fopen(path + "/" + name, "re") else { return [] }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}

/// A process that saves into a store until it is killed.
final class ChildWriter {
  private var pid: pid_t = 0
  private let output: Int32

  init(directory: String) throws {
    // Both programs are built into one folder.
    let own = CommandLine.arguments[0]
    let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let program = folder.joined(separator: "/") + "/state-writer"
    var ends: [Int32] = [0, 0]
    // SAFETY: the kernel fills two numbers.
    guard unsafe pipe(&ends) == 0 else { throw ScratchDirectory.Failure() }
    output = ends[0]
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    // SAFETY: the copies are freed below; the list ends with a null pointer.
    let arguments = unsafe [strdup(program), strdup(directory), nil]
    defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
    let status = unsafe posix_spawn(&pid, program, &actions, nil, arguments, environ)
    close(ends[1])
    guard status == 0 else { throw ScratchDirectory.Failure() }
  }

  /// Kills it, waits for its end, and gives what it wrote.
  func kill() -> String {
    _ = Glibc.kill(pid, SIGKILL)
    var status: Int32 = 0
    _ = unsafe waitpid(pid, &status, 0)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe Glibc.read(output, &buffer, buffer.count)
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    close(output)
    return String(decoding: text, as: UTF8.self)
  }
}
