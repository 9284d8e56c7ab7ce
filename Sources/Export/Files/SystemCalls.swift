// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call that failed; `description` is the C library's text for the number.
public struct SystemError: Error, Hashable, CustomStringConvertible {
  public let code: Int32

  /// The number that the call just made left behind.
  static var last: SystemError { SystemError(code: errno) }

  public var description: String {
    // SAFETY: strerror returns a terminated string for every number; glibc keeps the unknown ones
    // per thread, and the text is copied before the next call.
    unsafe String(cString: strerror(code))
  }
}

/// The few calls of the C library that this module makes, so that pointers stay in one file.
enum SystemCalls {
  static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) -> Int32 {
    // SAFETY: the path's bytes live for the call, and open keeps no pointer to them.
    let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      // SAFETY: the slice stays inside the buffer, which lives for the call.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if result < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      written += result
    }
  }

  static func synchronise(_ descriptor: Int32) throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw .last }
  }

  static func setMode(_ mode: mode_t, of descriptor: Int32) throws(SystemError) {
    guard fchmod(descriptor, mode) == 0 else { throw .last }
  }

  static func setMode(_ mode: mode_t, ofPath path: String) throws(SystemError) {
    // SAFETY: the path lives for the call.
    guard unsafe chmod(path, mode) == 0 else { throw .last }
  }

  static func rename(_ old: String, to new: String) throws(SystemError) {
    // SAFETY: both paths live for the call.
    guard unsafe Glibc.rename(old, new) == 0 else { throw .last }
  }

  static func unlink(_ path: String) throws(SystemError) {
    // SAFETY: the path lives for the call.
    guard unsafe Glibc.unlink(path) == 0 else { throw .last }
  }

  /// Which file a path names, without following a last symbolic link.
  struct FileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64
    let isSocket: Bool
  }

  static func identity(of path: String) throws(SystemError) -> FileIdentity {
    var status = stat()
    // SAFETY: the path and the result live for the call.
    guard unsafe lstat(path, &status) == 0 else { throw .last }
    return FileIdentity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      isSocket: status.st_mode & S_IFMT == S_IFSOCK)
  }

  /// The first bytes of a file, up to `limit`.
  static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let descriptor = try open(path, O_RDONLY)
    defer { close(descriptor) }
    var failure: SystemError?
    // SAFETY: at most the bytes that remain of the buffer are written, and `count` of them are.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      while count < limit {
        let rest = unsafe buffer.baseAddress?.advanced(by: count)
        let result = unsafe Glibc.read(descriptor, rest, limit - count)
        if result < 0, errno == EINTR { continue }
        if result < 0 { failure = .last }
        guard result > 0 else { return }
        count += result
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Entries of a directory, less `.` and `..`.
  static func entryCount(of directory: String) throws(SystemError) -> Int {
    // SAFETY: opendir copies the path; the stream is closed exactly once, below.
    guard let stream = unsafe opendir(directory) else { throw .last }
    defer { unsafe closedir(stream) }
    var count = 0
    // SAFETY: the stream is open, and only this thread uses it; the entry is not looked at.
    while unsafe readdir(stream) != nil { count += 1 }
    return count - 2
  }
}

extension SystemCalls {
  /// A numeric address in network byte order, 4 or 16 bytes; nil when the text is none.
  static func packedAddress(_ text: String) -> [UInt8]? {
    for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: size)
      // SAFETY: inet_pton writes exactly the size of the family's address, and keeps nothing.
      if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}

/// Stream sockets with a path for a name.
extension SystemCalls {
  /// Bytes of path that fit into a socket address, without the terminating zero.
  static let socketPathLimit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  static func unixSocket() throws(SystemError) -> Int32 {
    let type = Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, type, 0)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  static func bind(_ descriptor: Int32, path: String) throws(SystemError) {
    // SAFETY: the address is complete and lives for the call.
    let result = unsafe withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) }
    guard result == 0 else { throw .last }
  }

  static func connect(_ descriptor: Int32, path: String) throws(SystemError) {
    // SAFETY: as above.
    let result = unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }
    guard result == 0 else { throw .last }
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8.prefix(socketPathLimit))
    // SAFETY: the prefix is shorter than the field, which is zero behind it.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      unsafe target.copyBytes(from: bytes)
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    // SAFETY: sockaddr_un begins with sockaddr's fields; the kernel reads `size` bytes of it.
    return unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
    }
  }
}
