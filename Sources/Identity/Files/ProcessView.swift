// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// The files of one process, as one question about it may follow them.
///
/// Its mounts are its own word: an unprivileged user can make a mount namespace. They are asked
/// only what not to touch.
struct ProcessView {
  enum Kind {
    case local
    /// A program in user space says what is there, who owns it, and when it answers.
    case fuse
    /// The kernel's own tables, where a link means another file to each reader, and other hosts'
    /// files, which may never answer.
    case other
  }

  /// File systems that lie in this host's own storage or memory.
  private static let local: Set<String> = [
    "bcachefs", "btrfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "iso9660", "jfs",
    "nilfs2", "ntfs3", "overlay", "ramfs", "reiserfs", "rootfs", "squashfs", "tmpfs", "udf",
    "vfat", "xfs", "zfs",
  ]
  /// Of the table of mounts; longer ones are not read.
  private static let tableLimit = 4 << 20
  /// Names that are looked up for one question, those that links lead to included.
  private static let stepLimit = 4_096

  let root: ByteString
  /// Only root can mount something over a file here: the namespace is not of a user's own making.
  let hasHostMounts: Bool
  private let table: [UInt8]
  private var kinds: [UInt64: Kind] = [:]
  private var steps = 0

  init?(of process: ProcessKey) {
    let directory = "/proc/\(process.pid)"
    guard
      let table = FileReading.bytes(
        of: ByteString(directory + "/mountinfo"),
        limit: Self.tableLimit)
    else { return nil }
    root = ByteString(directory + "/root")
    self.table = table
    hasHostMounts = Self.isOfOwnUsers(ByteString(directory + "/ns/mnt"))
  }

  /// Whether one more name may be looked up.
  mutating func takesStep() -> Bool {
    steps += 1
    return steps <= Self.stepLimit
  }

  /// Where a handle lies.
  ///
  /// Nothing is asked of the file system itself, which may not answer.
  mutating func kind(of handle: borrowing FileDescriptor) -> Kind {
    guard let mount = handle.mount else { return .other }
    if let kind = kinds[mount] { return kind }
    let kind = Self.kind(ofFileSystem: Self.fileSystem(of: mount, in: table))
    kinds[mount] = kind
    return kind
  }

  static func kind(ofFileSystem name: String?) -> Kind {
    guard let name else { return .other }
    if name.hasPrefix("fuse") { return .fuse }
    return local.contains(name) ? .local : .other
  }

  /// The type in the line of proc_pid_mountinfo(5) that begins with a mount's number.
  static func fileSystem(of mount: UInt64, in table: [UInt8]) -> String? {
    let number = Array("\(mount) ".utf8)
    for line in table.lazy.split(separator: UInt8(ascii: "\n")) where line.starts(with: number) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard let mark = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), mark >= 6,
        fields.count > mark + 1
      else { return nil }
      return String(decoding: fields[mark + 1], as: UTF8.self)
    }
    return nil
  }

  private static func isOfOwnUsers(_ namespace: ByteString) -> Bool {
    guard let mounts = FileDescriptor(reading: namespace),
      let owner = mounts.owningUserNamespace()?.status,
      let own = FileDescriptor(naming: "/proc/self/ns/user", followsLink: true)?.status
    else { return false }
    return owner.isSameFile(as: own)
  }
}
