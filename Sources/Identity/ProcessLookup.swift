// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Wire

/// What /proc tells of a running process that the kernel side could not.
public enum ProcessLookup {
  /// Of a process's arguments so many are taken, in so many bytes.
  ///
  /// They are held for as long as the process is known. More than so many the kernel side cannot tell
  /// either.
  static let argumentLimit = 1_024
  static let argumentBytes = 32_768

  /// The arguments of a process, as far as the limits reach; nil when it is gone or its pid is
  /// another process's by now.
  public static func arguments(of process: ProcessKey) -> [ByteString]? {
    guard isRunning(process),
      let bytes = read("/proc/\(process.pid)/cmdline", limit: argumentBytes + 1),
      !bytes.isEmpty, isRunning(process)
    else { return nil }
    return arguments(in: bytes)
  }

  /// An argument that is not whole within the limits is left out.
  static func arguments(in bytes: [UInt8]) -> [ByteString] {
    var parts = bytes.prefix(argumentBytes)
      .split(separator: 0, maxSplits: argumentLimit, omittingEmptySubsequences: false)
    let isWhole = bytes.count <= argumentBytes && parts.count <= argumentLimit
    if !isWhole || parts.last?.isEmpty == true { parts.removeLast() }
    return parts.map { ByteString($0) }
  }

  /// Whether the pid still belongs to this start.
  ///
  /// /proc gives the start in clock ticks of 10 ms: coarse, but pids do not come around that fast.
  static func isRunning(_ process: ProcessKey) -> Bool {
    guard let bytes = read("/proc/\(process.pid)/stat", limit: 4096),
      let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return false }
    let fields = bytes[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
    // Field 22 of proc(5), counted from the state, which is field 3.
    guard fields.count > 19,
      let ticks = UInt64(String(decoding: fields[19], as: UTF8.self))
    else { return false }
    let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    let tick = 1_000_000_000 / perSecond
    let expected = process.start.nanoseconds / tick
    return ticks == expected || ticks == expected + 1 || ticks + 1 == expected
  }

  private static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
      // SAFETY: the kernel writes at most `count` bytes into the array's storage.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      guard count > 0 else { return count == 0 ? bytes : nil }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
