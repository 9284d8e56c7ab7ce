// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The capabilities that loading and attaching tracing programs needs, and who lacks them.
enum Capabilities {
  /// Bits as linux/capability.h numbers them.
  private static let needed: [(name: String, bit: UInt64)] = [
    ("CAP_BPF", 39), ("CAP_PERFMON", 38),
  ]
  private static let administratorBit: UInt64 = 21

  /// What this process lacks; empty when it may load programs.
  static func missing() -> [String] {
    guard let effective = effectiveSet(), effective & (1 << administratorBit) == 0 else {
      return []
    }
    return needed.filter { effective & (1 << $0.bit) == 0 }.map(\.name)
  }

  /// CAP_NET_ADMIN, which attaching to packets needs.
  static func hasNetworkAdministration() -> Bool {
    guard let effective = effectiveSet() else { return true }
    return effective & (1 << 12 | 1 << administratorBit) != 0
  }

  /// The effective set of this process, nil where /proc does not tell.
  private static func effectiveSet() -> UInt64? {
    guard let file = unsafe fopen("/proc/self/status", "re") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    // SAFETY: fgets writes at most `count` bytes, NUL included, into the array's storage.
    while unsafe fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if text.hasPrefix("CapEff:") {
        return UInt64(text.dropFirst(7).filter { !$0.isWhitespace }, radix: 16)
      }
    }
    return nil
  }
}
