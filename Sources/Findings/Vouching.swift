// SPDX-License-Identifier: Apache-2.0

/// What vouches for a path, asked of the file that runs.
///
/// A subject keeps the package that a path was once known by, and a snap is told by its path alone.
/// Whoever has a mount namespace can put a file of their own at either.
enum Vouching {
  /// Whether the facts of a process's own file bear out the origin that its subject has.
  static func holds(_ origin: String, package: String?, owner: UInt32?, mode: UInt32?) -> Bool {
    if origin.hasPrefix("pkg:") { return package.map { origin == "pkg:" + $0 } ?? false }
    // As its provenance is judged: P0 only as root's own, which a user cannot forge.
    if origin.hasPrefix("snap:") { return owner == 0 && mode.map { $0 & 0o022 == 0 } ?? false }
    return true
  }
}
