// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The directories of the root that are links into /usr, as on every merged system.
///
/// Packages say `/bin/ls` where the kernel says `/usr/bin/ls`; both become the latter.
struct MergedDirectories {
  private static let candidates = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]
  private let prefixes: [[UInt8]]

  /// Looks at the links below `root`, which ends without a slash.
  init(root: String) {
    prefixes = Self.candidates.filter { name in
      let target = FileReading.link(ByteString("\(root)/\(name)"))?.text
      return target == "usr/\(name)" || target == "/usr/\(name)"
    }.map { Array("/\($0)/".utf8) }
  }

  func isMerged(_ path: some Sequence<UInt8>) -> Bool {
    prefixes.contains { path.starts(with: $0) }
  }

  func canonical(_ path: ByteString) -> ByteString {
    isMerged(path.bytes) ? ByteString(Self.usr + path.bytes) : path
  }

  static let usr = Array("/usr".utf8)
}
