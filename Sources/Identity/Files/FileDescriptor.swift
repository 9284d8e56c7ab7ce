// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// Owns one descriptor and closes it exactly once.
struct FileDescriptor: ~Copyable {
  private let number: Int32

  /// A handle on the file itself, whatever becomes of its path; nothing is asked of a device.
  init?(naming path: ByteString, followsLink: Bool) {
    // O_PATH, which the importer leaves out because its definition is a cast.
    let handle: Int32 = 0o10000000
    let flags = handle | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
    // SAFETY: the bytes end with a NUL and outlive the call.
    number = unsafe open(path.cString, flags)
    guard number >= 0 else { return nil }
  }

  /// A handle on what a name in a directory stands for, and on a link itself.
  init?(naming name: ByteString, in directory: borrowing FileDescriptor) {
    let handle: Int32 = 0o10000000
    // SAFETY: as above.
    number = unsafe openat(directory.number, name.cString, handle | O_CLOEXEC | O_NOFOLLOW)
    guard number >= 0 else { return nil }
  }

  /// A file to read; a pipe in its place does not block.
  init?(reading path: ByteString) {
    // SAFETY: as above.
    number = unsafe open(path.cString, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard number >= 0 else { return nil }
  }

  deinit {
    if number >= 0 { close(number) }
  }

  /// The same file to read from.
  func reopened() -> FileDescriptor? {
    FileDescriptor(reading: ByteString("/proc/self/fd/\(number)"))
  }

  var status: FileStatus? {
    var status = stat()
    // SAFETY: the descriptor is open, and the result outlives the call.
    guard unsafe fstat(number, &status) == 0 else { return nil }
    return FileStatus(status)
  }

  /// The number of the mount that it was reached through; only the kernel's own table is asked.
  var mount: UInt64? {
    let table = ByteString("/proc/self/fdinfo/\(number)")
    guard let lines = FileReading.bytes(of: table, limit: 4_096) else { return nil }
    for line in String(decoding: lines, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("mnt_id:") {
      return UInt64(line.dropFirst(7).filter { !$0.isWhitespace })
    }
    return nil
  }

  /// Of a namespace: the users in whose name it was made.
  func owningUserNamespace() -> FileDescriptor? {
    // NS_GET_USERNS, ioctl_nsfs(2).
    FileDescriptor(owning: ioctl(number, 0xb701, 0 as CInt))
  }

  private init?(owning descriptor: Int32) {
    number = descriptor
    guard number >= 0 else { return nil }
  }

  /// Where it leads, of a symbolic link.
  var linkTarget: ByteString? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    // SAFETY: at most the buffer's count of bytes is written; the empty name ends with a NUL.
    let count = unsafe readlinkat(number, "", &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    return ByteString(buffer[..<count].map(UInt8.init(bitPattern:)))
  }

  /// The next bytes, into the buffer's front: their count, 0 at the end, nil after an error.
  func read(into buffer: inout [UInt8]) -> Int? {
    while true {
      // SAFETY: the kernel writes at most the buffer's count of bytes.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(number, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      return count < 0 ? nil : count
    }
  }
}

extension ByteString {
  /// The bytes with a NUL behind them; what follows a NUL inside is not seen by the kernel.
  var cString: [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }
}
