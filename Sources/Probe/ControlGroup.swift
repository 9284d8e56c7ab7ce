// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The root of the cgroup v2 hierarchy, wherever it is mounted.
enum ControlGroup {
  /// Its mount point; nil where /proc/mounts names none.
  ///
  /// In a cgroup namespace the mount's root is that namespace's, and so is what hooks on it see.
  static func root() -> String? {
    guard let file = unsafe fopen("/proc/self/mounts", "re") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 4_096)
    // SAFETY: fgets writes at most `count` bytes, NUL included, into the array's storage.
    while unsafe fgets(&line, Int32(line.count), file) != nil {
      let fields = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
      guard fields.count > 2, fields[2].elementsEqual("cgroup2".utf8.map(CChar.init)) else {
        continue
      }
      return unescaped(fields[1].map(UInt8.init(bitPattern:)))
    }
    return nil
  }

  /// The kernel writes blanks and backslashes as a backslash and three octal digits.
  private static func unescaped(_ field: [UInt8]) -> String {
    var result: [UInt8] = []
    var rest = field[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), let code = UInt8(digits, radix: 8) {
        result.append(code)
        rest = rest.dropFirst(3)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
