// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// This process's network namespace.
enum OwnNamespace {
  /// Its inode, as socket records carry it; 0 where /proc does not tell.
  static var networkInode: UInt32 {
    var status = stat()
    guard unsafe stat("/proc/self/ns/net", &status) == 0 else { return 0 }
    return UInt32(truncatingIfNeeded: status.st_ino)
  }
}
