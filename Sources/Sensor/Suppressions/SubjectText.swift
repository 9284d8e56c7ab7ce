// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// What the fields of a finding's subject can be: a rule with anything else would never hold.
enum SubjectText {
  static func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && isHexadecimal(text)
  }

  /// `pkg:NAME`, `uid:33`, `address:192.0.2.10`.
  static func isOrigin(_ text: String, of kinds: [String]) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 2, kinds.contains(parts[0]), isField(parts[1]) else { return false }
    switch parts[0] {
    // An owner that is not known is written so.
    case "uid": return parts[1] == "?" || UInt32(parts[1]).map { "\($0)" == parts[1] } ?? false
    case "address": return IPAddress(text: parts[1]).map { "\($0)" == parts[1] } ?? false
    default: return true
    }
  }

  /// Absolute, as the kernel has it.
  static func isPath(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return isField(text) && parts.count > 1 && parts[0].isEmpty
      && parts.dropFirst().allSatisfy { !["", ".", ".."].contains($0) }
  }

  static func isScript(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 2, isField(parts[1]) else { return false }
    switch parts[0] {
    // Without a working directory it is not absolute.
    case "file", "module", "class", "applet", "unit": return true
    case "inline", "job": return parts[1].utf8.count == 16 && isHexadecimal(parts[1])
    default: return false
    }
  }

  /// A bar parts the fields; it and control characters are escaped in one.
  private static func isField(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "|") }
  }

  private static func isHexadecimal(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
