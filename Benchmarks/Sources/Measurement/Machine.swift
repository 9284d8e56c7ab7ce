// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What a figure was measured on, so that figures of two machines are not compared by mistake.
public struct Machine: CustomStringConvertible {
  /// The first "model name" of /proc/cpuinfo.
  public let processor: String
  public let cores: Int
  public let kernel: String

  public init() {
    processor =
      SystemFile.lines("/proc/cpuinfo").first { $0.hasPrefix("model name") }
      .flatMap { $0.split(separator: ":").last }.map { String($0.drop { $0 == " " }) } ?? "unknown"
    cores = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    kernel = SystemFile.lines("/proc/sys/kernel/osrelease").first ?? "unknown"
  }

  /// The load average over 1, 5 and 15 minutes, read now.
  ///
  /// Above the number of cores the figures are too low.
  public var load: String {
    let fields = SystemFile.lines("/proc/loadavg").first?.split(separator: " ").prefix(3) ?? []
    return fields.joined(separator: " ")
  }

  public var description: String {
    "machine: \(processor), \(cores) cores, Linux \(kernel), load average \(load)"
  }
}

/// Small files of /proc and /sys.
enum SystemFile {
  /// The file's lines, of its first 64 KiB; none when it cannot be read.
  static func lines(_ path: String) -> [String] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    // SAFETY: the buffer lives through the call and its own length is passed.
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    guard count > 0 else { return [] }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
