// SPDX-License-Identifier: Apache-2.0

internal import Findings
internal import Glibc

/// Where the live sensor writes findings: one JSON object a line.
final class FindingSink {
  private let name: String
  private let descriptor: Int32
  /// Findings that could not be written.
  private(set) var errors: UInt64 = 0

  /// Opens the file for appending, with mode 0600; `-` is standard output.
  init(_ path: String) throws(SensorFailure) {
    name = path
    if path == "-" {
      descriptor = 1
      return
    }
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw SensorFailure(
        .inputOutput,
        "cannot write findings to \(path): \(systemText(errno)); choose another with --findings")
    }
  }

  deinit {
    if descriptor > 2 { close(descriptor) }
  }

  func write(_ finding: Finding) {
    var rest = (FindingJSON.encode(finding) + [UInt8(ascii: "\n")])[...]
    while !rest.isEmpty {
      // SAFETY: the kernel reads at most `count` bytes of the slice's storage.
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        errors += 1
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}
