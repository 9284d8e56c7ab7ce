// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Glibc

/// One at a time: a lock that ends with the process, whatever becomes of it.
enum FileLock {
  /// Waits for the lock of a file, which is made where it is missing, and runs `body` under it.
  static func holding<Result>(
    _ path: String, _ body: () throws(SensorFailure) -> Result
  ) throws(SensorFailure) -> Result {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    var descriptor = unsafe open(path, flags | O_EXCL, 0o600)
    if descriptor >= 0 {
      // Only what is new: an old name can be a link to another's file.
      FileOwner.give(descriptor, path)
    } else {
      descriptor = unsafe open(path, flags, 0o600)
    }
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { _ = close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      let code = errno
      guard code == EINTR else { throw failure(path, code) }
    }
    return try body()
  }

  private static func failure(_ path: String, _ code: Int32) -> SensorFailure {
    SensorFailure(.inputOutput, "cannot lock \(path): \(systemText(code))")
  }
}

/// Whom a new file of a state directory belongs to: the user whose sensor reads it.
enum FileOwner {
  /// As root, gives a new file to the sensor's user.
  ///
  /// A sensor that runs as another user must be able to read what `sudo` writes there. Root of a
  /// container may not be allowed to, and keeps the file.
  static func give(_ descriptor: Int32, _ path: String) {
    guard geteuid() == 0, let status = status(ofState: directory(of: path)), status.st_uid != 0
    else { return }
    _ = fchown(descriptor, status.st_uid, status.st_gid)
  }

  /// Whose sensor a state directory is; nil where that cannot be told.
  static func ofState(_ directory: String) -> UInt32? { status(ofState: directory)?.st_uid }

  /// Of what the sensor keeps there, else of the directory, in which none has run yet: root's sensor
  /// may have a directory of somebody else's.
  private static func status(ofState directory: String) -> stat? {
    var status = stat()
    if unsafe lstat("\(directory)/\(StateStore.fileName)", &status) == 0 { return status }
    return unsafe stat(directory, &status) == 0 ? status : nil
  }

  fileprivate static func directory(of path: String) -> String {
    let slash = path.lastIndex(of: "/")
    return slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }
}

/// Files that are whole or not there, whatever happens meanwhile.
enum AtomicFile {
  /// Puts `text` in the place of a file, with mode 0600: written beside it, brought to the disk,
  /// then renamed.
  static func write(_ text: String, to path: String) throws(SensorFailure) {
    let temporary = "\(path).\(getpid()).new"
    // What a crashed run of the same pid left is nobody's.
    _ = unsafe unlink(temporary)
    let descriptor = unsafe open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("create", temporary, errno) }
    FileOwner.give(descriptor, path)
    var code = put(Array(text.utf8), descriptor)
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, unsafe rename(temporary, path) != 0 { code = errno }
    guard code == 0 else {
      _ = unsafe unlink(temporary)
      throw failure("write", path, code)
    }
    syncDirectory(of: path)
  }

  /// Makes a directory with mode 0700 unless it is there.
  static func makeDirectory(_ path: String) throws(SensorFailure) {
    guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    throw failure("create", path, errno)
  }

  private static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      // SAFETY: the kernel reads at most `count` bytes of the slice's storage.
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      rest = rest.dropFirst(count)
    }
    return 0
  }

  /// The new name survives a crash once its directory is on the disk; some file systems refuse.
  private static func syncDirectory(of path: String) {
    let descriptor = unsafe open(FileOwner.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  private static func failure(_ verb: String, _ path: String, _ code: Int32) -> SensorFailure {
    SensorFailure(.inputOutput, "cannot \(verb) \(path): \(systemText(code))")
  }
}
