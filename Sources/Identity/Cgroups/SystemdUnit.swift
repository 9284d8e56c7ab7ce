// SPDX-License-Identifier: Apache-2.0

/// The unit in a cgroup path, by systemd's own rule: slices, then the unit, then what it delegated.
///
/// Under a service manager of a user (`user@1000.service`) slices and a unit follow once more.
/// That unit's name is the user's choice, so it stands behind the system's: a user's `ssh.service`
/// is `user@1000.service/ssh.service`.
enum SystemdUnit {
  /// Kinds of units that have processes.
  private static let kinds = [".service", ".scope", ".socket", ".mount", ".swap"]
  /// UNIT_NAME_MAX, less its NUL.
  private static let longestName = 255

  static func name(in components: [Substring]) -> String? {
    var rest = components[...]
    guard let system = next(&rest) else { return nil }
    guard system.hasPrefix("user@"), let user = next(&rest) else { return String(system) }
    return "\(system)/\(user)"
  }

  private static func next(_ rest: inout ArraySlice<Substring>) -> Substring? {
    while let slice = rest.first, slice.hasSuffix(".slice"), isName(slice) { rest.removeFirst() }
    guard let name = rest.popFirst(), isName(name), kinds.contains(where: name.hasSuffix) else {
      return nil
    }
    return name
  }

  private static func isName(_ text: Substring) -> Bool {
    text.utf8.count <= longestName
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: ":-_.\\@".utf8.contains(byte)
        }
      }
  }

  /// A name less systemd's escapes: `a\x2db` is `a-b`, and a dash stands for a slash.
  static func unescaped(_ name: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "-"): bytes.append(UInt8(ascii: "/"))
      case UInt8(ascii: "\\"):
        guard rest.popFirst() == UInt8(ascii: "x"), rest.count >= 2,
          let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        else { return nil }
        rest = rest.dropFirst(2)
        bytes.append(code)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
