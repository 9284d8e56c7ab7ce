// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Files that are read whole: configuration, suppressions, findings.
enum TextFile {
  static let limitBytes = 1 << 20

  /// The whole file; more than 1 MiB or what is no UTF-8 is refused as a configuration would be.
  static func read(_ path: String) throws(SensorFailure) -> String {
    let descriptor = try open(path)
    defer { _ = close(descriptor) }
    return try text(of: descriptor, path)
  }

  /// The same of a file that decides what is not told: whoever could write it could hide findings.
  ///
  /// What is judged is what is read: the file is opened once. `owner` may have written it as well as
  /// root and the caller.
  static func readTrusted(
    _ path: String, from owner: UInt32? = nil
  ) throws(SensorFailure) -> String {
    // Nobody need write to a pipe for it to be refused.
    let descriptor = try open(path, O_NONBLOCK | O_NOCTTY)
    defer { _ = close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw SensorFailure(.inputOutput, "\(path): \(systemText(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SensorFailure(
        .configurationInvalid, "\(path): is no regular file, and what hides findings stands in one")
    }
    guard [0, geteuid(), owner].contains(status.st_uid) else {
      throw SensorFailure(
        .configurationInvalid,
        "\(path): owned by uid \(status.st_uid), who could hide findings; chown it to root")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw SensorFailure(
        .configurationInvalid,
        "\(path): others may write to it and so hide findings; chmod go-w \(path)")
    }
    return try text(of: descriptor, path)
  }

  /// The first `limit` bytes of a file.
  static func bytes(_ path: String, upTo limit: Int) throws(SensorFailure) -> [UInt8] {
    let descriptor = try open(path)
    defer { _ = close(descriptor) }
    return try bytes(of: descriptor, path, upTo: limit)
  }

  private static func open(_ path: String, _ flags: Int32 = 0) throws(SensorFailure) -> Int32 {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | flags)
    guard descriptor >= 0 else {
      let code = errno
      throw SensorFailure(
        code == ENOENT ? .fileMissing : .inputOutput, "\(path): \(systemText(code))")
    }
    return descriptor
  }

  private static func text(
    of descriptor: Int32, _ path: String
  ) throws(SensorFailure) -> String {
    let bytes = try bytes(of: descriptor, path, upTo: limitBytes + 1)
    guard bytes.count <= limitBytes else {
      throw SensorFailure(.configurationInvalid, "\(path): larger than 1 MiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SensorFailure(.configurationInvalid, "\(path): is not UTF-8, as TOML must be")
    }
    return text
  }

  private static func bytes(
    of descriptor: Int32, _ path: String, upTo limit: Int
  ) throws(SensorFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      // SAFETY: the kernel writes at most `count` bytes into the array's storage.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw SensorFailure(.inputOutput, "\(path): \(systemText(errno))")
      }
      guard count > 0 else { break }
      bytes.append(contentsOf: chunk[..<min(count, limit - bytes.count)])
    }
    return bytes
  }
}

/// The C library's text for an errno value.
func systemText(_ code: Int32) -> String {
  // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
  unsafe String(cString: strerror(code))
}
