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
