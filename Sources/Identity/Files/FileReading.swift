// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// Whole files, links and directories, each with a limit.
enum FileReading {
  /// All bytes of a file; nil where it cannot be read or is longer than `limit`.
  static func bytes(of path: ByteString, limit: Int) -> [UInt8]? {
    guard let file = FileDescriptor(reading: path) else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(1 << 16, limit + 1))
    while let count = file.read(into: &chunk) {
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { return nil }
      bytes.append(contentsOf: chunk[..<count])
    }
    return nil
  }

  /// Where a symbolic link leads.
  static func link(_ path: ByteString) -> ByteString? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    // SAFETY: at most the buffer's count of bytes is written; the path ends with a NUL.
    let count = unsafe readlink(path.cString, &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    return ByteString(buffer[..<count].map(UInt8.init(bitPattern:)))
  }

  /// An absolute path without links; nil where a part of it is missing.
  static func resolved(_ path: ByteString) -> ByteString? {
    // SAFETY: a null buffer makes the library allocate one, which is freed here.
    guard let result = unsafe realpath(path.cString, nil) else { return nil }
    defer { unsafe free(result) }
    return ByteString(unsafe String(cString: result).utf8)
  }

  /// Names in a directory, at most `limit` of them.
  static func names(in directory: ByteString, limit: Int) -> [String]? {
    // SAFETY: the path ends with a NUL; the stream is closed exactly once, below.
    guard let stream = unsafe opendir(directory.cString) else { return nil }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    // SAFETY: the entry is valid until the next call, and its name ends with a NUL.
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
      guard names.count <= limit else { return nil }
    }
    return names
  }
}
