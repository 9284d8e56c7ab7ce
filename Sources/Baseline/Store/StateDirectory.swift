// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The directory that a store lives in, held by one process at a time.
///
/// The lock is the kernel's, on the directory itself: it ends with the process, however that ends.
struct StateDirectory: ~Copyable {
  private let descriptor: Int32

  /// Makes the directory (mode 0700) where only it is missing, and takes its lock.
  init(_ path: String, isExclusive: Bool) throws(StateStoreError) {
    // SAFETY: the calls read the text up to its NUL and keep nothing.
    if isExclusive, unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .directory(path, reason: Self.reason(errno))
    }
    let opened = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw .directory(path, reason: Self.reason(errno)) }
    do throws(StateStoreError) {
      try Self.check(opened, path, isExclusive: isExclusive)
    } catch {
      close(opened)
      throw error
    }
    descriptor = opened
  }

  static func exists(_ path: String) -> Bool {
    // SAFETY: the call reads the text up to its NUL and keeps nothing.
    unsafe access(path, F_OK) == 0
  }

  private static func check(
    _ descriptor: Int32, _ path: String, isExclusive: Bool
  ) throws(StateStoreError) {
    var status = stat()
    // SAFETY: the kernel fills one `stat`.
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & 0o022 == 0 else {
      throw .writableByOthers(path)
    }
    guard !isExclusive || flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path) }
  }

  deinit {
    // A child that another thread starts has a copy of the descriptor until its exec, and would hold
    // the lock for that long.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Makes the file with mode 0600 where it is missing: SQLite would leave the mode to the umask.
  func makeFile(_ name: String) throws(StateStoreError) {
    let file = unsafe openat(descriptor, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw StateStoreError.failed(name, reason: Self.reason(errno)) }
    close(file)
  }

  func has(_ name: String) -> Bool { unsafe faccessat(descriptor, name, F_OK, 0) == 0 }

  /// Removes a file; true where it was there.
  func remove(_ name: String) -> Bool { unsafe unlinkat(descriptor, name, 0) == 0 }

  private static func reason(_ code: Int32) -> String {
    // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
    unsafe String(cString: strerror(code))
  }
}
