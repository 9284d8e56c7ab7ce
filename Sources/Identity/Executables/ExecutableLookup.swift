// SPDX-License-Identifier: Apache-2.0

internal import Digest
internal import Glibc
public import Wire

/// Looks up executables in this host's /proc, files and package databases.
///
/// The file is the one the process runs, by its handle in /proc. Its path serves only where that
/// same file, by device and inode, still stands in it.
public struct ExecutableLookup: IdentityLookup {
  private var packages: HostPackages
  private var digests = ContentDigests()
  /// Read once a question, and only where one asks for it.
  private var mounts: MountTable?

  public init(packages: HostPackages = HostPackages()) {
    self.packages = packages
  }

  public var refusedFiles: UInt64 { digests.refused }

  public mutating func facts(for question: IdentityQuestion) -> ExecutableFacts? {
    defer { forgetMounts() }
    if let facts = factsOfRunning(question) { return facts }
    return factsOfGone(question)
  }

  // MARK: A process that runs

  private mutating func factsOfRunning(_ question: IdentityQuestion) -> ExecutableFacts? {
    let process = question.image.process
    let link = ByteString("/proc/\(process.pid)/exe")
    // The handle is the process's own only if it ran before and after it was taken.
    guard ProcessLookup.isRunning(process),
      let file = FileDescriptor(naming: link, followsLink: true), let status = file.status,
      let target = FileReading.link(link), ProcessLookup.isRunning(process),
      isOfImage(status, Self.withoutMark(target), question)
    else { return nil }
    var facts = ExecutableFacts(status)
    if target.bytes.starts(with: "/memfd:".utf8) {
      facts.state = .memfd
      facts.sha256 = digests.digest(of: file, status, .sha256)
      return facts
    }
    let path = Self.withoutMark(target)
    facts.state = state(of: status, at: path, process)
    learnContent(of: file, status, at: path, &facts)
    return facts
  }

  /// A second exec may lie between the event and now; the kernel's word on the file tells.
  ///
  /// btrfs gives stat(2) another device than the kernel has inside, overlayfs another inode as
  /// well; there path and modification time must do.
  private func isOfImage(
    _ status: FileStatus, _ path: ByteString, _ question: IdentityQuestion
  ) -> Bool {
    guard let device = question.device, let inode = question.inode else { return true }
    if status.device == device && status.inode == inode { return true }
    return status.modified == question.modified && path == question.path
  }

  private func state(
    of status: FileStatus, at path: ByteString, _ process: ProcessKey
  ) -> ExecutableState? {
    // The path is the host's for a changed root, and the container's for a container.
    let inside = ByteString(Array("/proc/\(process.pid)/root".utf8) + path.bytes)
    let found = [FileStatus(path: path), FileStatus(path: inside)]
    if found.contains(where: { $0?.isSameFile(as: status) == true }) { return .present }
    guard ProcessLookup.isRunning(process) else { return nil }
    return found[1] == nil ? .deleted : .replaced
  }

  /// The kernel's mark on a path that leads nowhere any more.
  private static func withoutMark(_ target: ByteString) -> ByteString {
    let mark = Array(" (deleted)".utf8)
    guard target.bytes.count > mark.count, target.bytes.suffix(mark.count).elementsEqual(mark)
    else { return target }
    return ByteString(target.bytes.dropLast(mark.count))
  }

  // MARK: A process that is gone

  /// What can still be said of the file, when it is for certain the one that ran.
  ///
  /// Device, inode and modification time are those the kernel saw at exec, and the change time,
  /// which nobody can set, is before it. The device must agree, although on btrfs it never does: a
  /// file system that a user mounts elsewhere can show any inode and any time.
  private mutating func factsOfGone(_ question: IdentityQuestion) -> ExecutableFacts? {
    guard let path = question.path, let device = question.device, let inode = question.inode,
      let modified = question.modified, let began = question.began,
      let file = FileDescriptor(naming: path, followsLink: false), let status = file.status,
      status.device == device, status.inode == inode, status.modified == modified,
      status.changed <= began
    else { return nil }
    var facts = ExecutableFacts()
    learnContent(of: file, status, at: path, &facts)
    return facts
  }

  // MARK: Content

  mutating func learnContent(
    of file: borrowing FileDescriptor, _ status: FileStatus, at path: ByteString,
    mayBeHosts: Bool = true, _ facts: inout ExecutableFacts
  ) {
    facts.sha256 = digests.digest(of: file, status, .sha256)
    guard mayBeHosts else { return }
    // Mounts and packages are the host's: they say nothing of another file system's file, and a
    // container's own databases are whatever its owner wrote.
    guard FileStatus(path: path)?.isSameFile(as: status) == true else { return }
    mounts = mounts ?? .own()
    facts.mount = mounts?.kind(ofDevice: status.device)
    switch packages.owner(of: path) {
    case .absent, .unreadable: break
    case .unowned: facts.package = ""
    case .owned(let owner):
      facts.package = owner.name
      facts.isPackageVerified = isVerified(file, status, owner)
    }
  }

  /// What is mounted may be another thing at the next question.
  mutating func forgetMounts() { mounts = nil }

  /// Nil where there is nothing to compare, and for a configuration file that was changed.
  private mutating func isVerified(
    _ file: borrowing FileDescriptor, _ status: FileStatus, _ owner: PackageOwner
  ) -> Bool? {
    guard let recorded = owner.digest,
      let actual = digests.digest(of: file, status, recorded.algorithm)
    else { return nil }
    let isSame = actual == recorded.hexadecimal
    return !isSame && owner.isConfiguration ? nil : isSame
  }
}

extension ExecutableFacts {
  init(_ status: FileStatus) {
    self.init()
    device = status.device
    inode = status.inode
    owner = status.owner
    mode = status.mode
    modified = status.modified
  }
}
