// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// Follows a path below the root of a process, directory by directory.
///
/// Each name is opened in the directory before it and never by a whole path, so that no link leads
/// out of that root, and whatever is renamed meanwhile, what is told is of the directories that
/// led to this file. It ends where a file system could make the sensor wait, or means another file
/// to it than to the process (`/proc/self/cwd`).
struct PathWalk: ~Copyable {
  /// What the kernel follows (path_resolution(7)); a step up counts too.
  private static let linkLimit = 40
  /// Names in a path; deeper ones are not followed.
  private static let nameLimit = 256

  /// A handle on what the path leads to; nil where it leads nowhere or could not be followed.
  var file: FileDescriptor?
  /// The path without links, seen from the root.
  private(set) var path: ByteString
  /// A user other than root can change names in a directory on the way, or serves the files.
  private(set) var isWritable = false
  /// A name on the way is not there.
  private(set) var isMissing = false
  /// It led to where nothing is asked.
  private(set) var isStopped = false

  init(to path: ByteString, in view: inout ProcessView) {
    self.path = path
    file = nil
    var names = Self.names(in: path)
    for _ in 0...Self.linkLimit {
      guard names.count <= Self.nameLimit, let next = step(names, in: &view) else { return }
      names = next
    }
  }

  /// Walks until the end; the names to walk anew from the root where there was a link.
  private mutating func step(
    _ names: [ArraySlice<UInt8>], in view: inout ProcessView
  ) -> [ArraySlice<UInt8>]? {
    guard var directory = FileDescriptor(naming: view.root, followsLink: true),
      isOpen(directory, in: &view)
    else { return nil }
    for (index, name) in names.enumerated() {
      // What was passed is free of links, and above the root is the root.
      let passed = names[..<index]
      let rest = names[(index + 1)...]
      if name.elementsEqual("..".utf8) { return Array(passed.dropLast() + rest) }
      guard view.takesStep(), let status = directory.status else { return nil }
      isWritable = isWritable || status.areNamesWritable
      guard let next = FileDescriptor(naming: ByteString(name), in: directory) else {
        isMissing = errno == ENOENT
        return nil
      }
      guard isOpen(next, in: &view) else { return nil }
      if let target = next.linkTarget {
        let isAbsolute = target.bytes.first == UInt8(ascii: "/")
        return (isAbsolute ? [] : passed) + Self.names(in: target) + rest
      }
      directory = next
    }
    path = ByteString(names.flatMap { [UInt8(ascii: "/")] + $0 })
    file = consume directory
    return nil
  }

  /// Whether more may be asked of a file: not what is on FUSE, nor what others keep.
  private mutating func isOpen(
    _ handle: borrowing FileDescriptor, in view: inout ProcessView
  ) -> Bool {
    let kind = view.kind(of: handle)
    isStopped = kind != .local
    isWritable = isWritable || kind == .fuse
    return !isStopped
  }

  private static func names(in path: ByteString) -> [ArraySlice<UInt8>] {
    path.bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
  }
}
