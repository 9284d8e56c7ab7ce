// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Files that are read whole: configuration, suppressions, findings.
enum TextFile {
  static let limitBytes = 1 << 20

  /// The whole file; more than 1 MiB or what is no UTF-8 is refused as a configuration would be.
  static func read(_ path: String) throws(SensorFailure) -> String {
    let bytes = try bytes(path, upTo: limitBytes + 1)
    guard bytes.count <= limitBytes else {
      throw SensorFailure(.configurationInvalid, "\(path): larger than 1 MiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SensorFailure(.configurationInvalid, "\(path): is not UTF-8, as TOML must be")
    }
    return text
  }

  /// The first `limit` bytes of a file.
  static func bytes(_ path: String, upTo limit: Int) throws(SensorFailure) -> [UInt8] {
    guard let file = unsafe fopen(path, "re") else {
      let code = errno
      throw SensorFailure(
        code == ENOENT ? .fileMissing : .inputOutput, "\(path): \(systemText(code))")
    }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      // SAFETY: fread writes at most `count` bytes into the array's storage.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe fread(buffer.baseAddress, 1, buffer.count, file)
      }
      guard count > 0 else { break }
      bytes.append(contentsOf: chunk[..<min(count, limit - bytes.count)])
    }
    guard unsafe ferror(file) == 0 else {
      throw SensorFailure(.inputOutput, "\(path): cannot be read")
    }
    return bytes
  }
}

/// The C library's text for an errno value.
func systemText(_ code: Int32) -> String {
  // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
  unsafe String(cString: strerror(code))
}
