// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// What stat(2) tells of a file; equal ones are the same file with the same content.
///
/// The change time cannot be set from user space, so a file written to is another one here, even
/// when its modification time was put back.
struct FileStatus: Hashable {
  let device: UInt64
  let inode: UInt64
  let owner: UInt32
  let group: UInt32
  /// `st_mode`.
  let mode: UInt32
  let size: Int64
  /// Unix nanoseconds.
  let modified: Int64
  /// Unix nanoseconds.
  let changed: Int64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    owner = status.st_uid
    group = status.st_gid
    mode = status.st_mode
    size = Int64(status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
    changed = Self.nanoseconds(status.st_ctim)
  }

  /// The file that a path names, with a last symbolic link not followed; nil where there is none.
  init?(path: ByteString) {
    var status = stat()
    // SAFETY: the bytes end with a NUL and outlive the call, as does the result.
    guard unsafe lstat(path.cString, &status) == 0 else { return nil }
    self.init(status)
  }

  var isRegular: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }

  /// Of a directory: a user other than root can change names in it.
  ///
  /// The kernel side asks the same of an executable's directories.
  var areNamesWritable: Bool {
    owner != 0 && mode & 0o200 != 0 || group != 0 && mode & 0o020 != 0 || mode & 0o002 != 0
  }

  func isSameFile(as other: FileStatus) -> Bool {
    device == other.device && inode == other.inode
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return time.tv_sec < 0 ? .min : .max }
    return seconds.addingReportingOverflow(Int64(time.tv_nsec)).partialValue
  }
}
