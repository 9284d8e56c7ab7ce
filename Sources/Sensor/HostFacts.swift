// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// What a stream's header says of this host and this boot.
struct HostFacts {
  let host: String
  let bootID: String
  let kernel: String
  /// Unix nanoseconds of boot time 0, as the two clocks stood when this was read.
  let wallEpochNanoseconds: Int64

  static func read() -> HostFacts {
    HostFacts(
      host: unsafe name { unsafe gethostname($0, $1) },
      bootID: firstLine("/proc/sys/kernel/random/boot_id"),
      kernel: firstLine("/proc/sys/kernel/osrelease"),
      wallEpochNanoseconds: KernelClock.wallEpochNanoseconds())
  }

  private static func name(
    _ call: (UnsafeMutablePointer<CChar>, Int) -> Int32
  ) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let status = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: one byte less than the buffer, so that a NUL always ends it.
      unsafe buffer.baseAddress.map { unsafe call($0, buffer.count - 1) } ?? -1
    }
    guard status == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The first line of a small file, without its newline; empty where it cannot be read.
  static func firstLine(_ path: String) -> String {
    lines(path).first ?? ""
  }

  /// The lines of a small file, each cut at 4 KiB; none where it cannot be read.
  static func lines(_ path: String) -> [String] {
    guard let file = unsafe fopen(path, "re") else { return [] }
    defer { unsafe fclose(file) }
    var lines: [String] = []
    var line = [CChar](repeating: 0, count: 4096)
    // SAFETY: fgets writes at most `count` bytes, NUL included, into the array's storage.
    while unsafe fgets(&line, Int32(line.count), file) != nil {
      lines.append(
        String(
          decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)),
          as: UTF8.self))
    }
    return lines
  }
}
