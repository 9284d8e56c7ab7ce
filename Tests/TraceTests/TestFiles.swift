// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Files that tests make, by plain system calls.
enum TestFiles {
  static func temporaryPath() -> String {
    "/tmp/halfwire-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  }

  static func remove(_ path: String) {
    _ = unsafe unlink(path)
  }

  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
    _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
    _ = close(descriptor)
  }

  static func mode(_ path: String) -> mode_t? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return status.st_mode & 0o7777
  }

  static func link(_ path: String, to target: String) {
    _ = unsafe symlink(target, path)
  }

  static func pipe(_ path: String) {
    _ = unsafe mkfifo(path, 0o600)
  }
}
