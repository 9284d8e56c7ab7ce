// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Export

/// An empty directory that goes with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = "/tmp/halfwire-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    // SAFETY: here and below, paths live for the call.
    guard unsafe mkdir(path, 0o700) == 0 else { throw SystemError.last }
  }

  deinit {
    for name in ["halfwire.prom", "halfwire.prom.tmp", "target", "socket"] {
      unsafe unlink(path + "/" + name)
      unsafe rmdir(path + "/" + name)
    }
    unsafe rmdir(path)
  }

  func mode(of name: String) throws -> mode_t {
    var status = stat()
    guard unsafe lstat(path + "/" + name, &status) == 0 else { throw SystemError.last }
    return status.st_mode & 0o7777
  }

  func link(_ target: String, from name: String) throws {
    guard unsafe symlink(path + "/" + target, path + "/" + name) == 0 else {
      throw SystemError.last
    }
  }

  func makeDirectory(_ name: String) throws {
    guard unsafe mkdir(path + "/" + name, 0o700) == 0 else { throw SystemError.last }
  }

  func makeFile(_ name: String) throws {
    close(try SystemCalls.open(path + "/" + name, O_CREAT | O_WRONLY, mode: 0o600))
  }
}
