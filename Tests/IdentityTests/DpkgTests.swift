// SPDX-License-Identifier: Apache-2.0

import Identity
import Testing
import Wire

/// The tree is made by hand after deb-md5sums(5), dpkg-divert(1) and dpkg(1); digests are md5sum's.
@Suite("dpkg's database")
struct DpkgTests {
  /// `printf first | md5sum`, `printf second | md5sum`, `printf third | md5sum`.
  private static let first = "8b04d5e3775d298e78455efc5ca404d5"
  private static let second = "a9f0e61a137d86aa9db53465e0801612"
  private static let third = "dd5c8bf51558ffcbe5007071908e9524"

  private func tree() throws -> MadeTree {
    let tree = try MadeTree()
    try tree.write("/usr/bin/placeholder", "")
    try tree.link("/bin", to: "usr/bin")
    let info = "/var/lib/dpkg/info/"
    try tree.write(info + "format", "1\n")
    try tree.write(info + "coreutils.list", "/.\n/bin\n/bin/ls\n/usr\n/usr/bin\n/usr/bin/sort\n")
    try tree.write(
      info + "coreutils.md5sums",
      "\(Self.first)  bin/ls\n\(Self.second)  usr/bin/sort\n")
    try tree.write(info + "libc6:amd64.list", "/.\n/usr/bin/ldd\n/usr/lib/with space/a b\n")
    try tree.write(
      info + "libc6:amd64.md5sums",
      "\(Self.third)  usr/bin/ldd\n\(Self.first)  usr/lib/with space/a b\n")
    // bash brings a real sh, dash's was put aside; "old" was diverted by an administrator.
    try tree.write(info + "dash.list", "/bin/sh\n/usr/bin/old\n")
    try tree.write(
      info + "dash.md5sums", "\(Self.first)  bin/sh\n\(Self.third)  usr/bin/old\n")
    try tree.write(info + "bash.list", "/bin/sh\n/etc/init.d/job\n/usr/bin/nosum\n")
    try tree.write(info + "bash.md5sums", "\(Self.second)  bin/sh\n")
    try tree.write(
      "/var/lib/dpkg/diversions",
      "/bin/sh\n/bin/sh.distrib\nbash\n/usr/bin/old\n/usr/bin/old.local\n:\n")
    try tree.write(
      "/var/lib/dpkg/status",
      """
      Package: dash
      Status: install ok installed
      Conffiles:
       /etc/init.d/job \(Self.first)

      Package: bash
      Status: install ok installed
      Conffiles:
       /etc/init.d/job \(Self.third)
       /etc/bash.bashrc \(Self.first) obsolete
      Description: a shell

      """)
    return tree
  }

  @Test(
    "The owner of a path, under both names of a merged directory, and through diversions",
    arguments: [
      ("/bin/ls", "coreutils", first), ("/usr/bin/ls", "coreutils", first),
      ("/usr/bin/sort", "coreutils", second), ("/bin/sort", "coreutils", second),
      ("/usr/bin/ldd", "libc6", third), ("/usr/lib/with space/a b", "libc6", first),
      ("/usr/bin/sh", "bash", second), ("/usr/bin/sh.distrib", "dash", first),
      ("/usr/bin/old.local", "dash", third),
    ])
  func owner(path: String, package: String, digest: String) throws {
    let tree = try tree()
    var database = DpkgDatabase(root: tree.root)
    guard case .owned(let owner) = database.owner(of: ByteString(path)) else {
      Issue.record("nobody owns \(path)")
      return
    }
    #expect(owner.name.text == package)
    #expect(owner.digest?.hexadecimal == digest)
    #expect(!owner.isConfiguration)
  }

  @Test("A configuration file has its digest in the status file, under its own package")
  func configuration() throws {
    let tree = try tree()
    var database = DpkgDatabase(root: tree.root)
    guard case .owned(let owner) = database.owner(of: "/etc/init.d/job") else {
      Issue.record("nobody owns it")
      return
    }
    #expect(owner.name.text == "bash")
    #expect(owner.digest?.hexadecimal == Self.third)
    #expect(owner.isConfiguration)
  }

  @Test("A package without a digest of the file owns it all the same")
  func noDigest() throws {
    let tree = try tree()
    var database = DpkgDatabase(root: tree.root)
    guard case .owned(let owner) = database.owner(of: "/usr/bin/nosum") else {
      Issue.record("nobody owns it")
      return
    }
    #expect(owner.digest == nil && !owner.isConfiguration)
  }

  @Test(
    "What no list names is nobody's",
    arguments: ["/usr/bin/other", "/usr/bin/old", "/bin/lsx", "/bin/l", "", "/"])
  func unowned(path: String) throws {
    let tree = try tree()
    var database = DpkgDatabase(root: tree.root)
    #expect(database.owner(of: ByteString(path)) == .unowned)
  }

  @Test("Without a database nothing is said, not even that nobody owns the file")
  func absent() throws {
    let tree = try MadeTree()
    var database = DpkgDatabase(root: tree.root)
    #expect(database.owner(of: "/bin/ls") == .absent)
  }

  @Test("An installation while the sensor runs is seen")
  func refresh() throws {
    let tree = try tree()
    var database = DpkgDatabase(root: tree.root)
    #expect(database.owner(of: "/usr/bin/new") == .unowned)
    try tree.write("/var/lib/dpkg/info/new.list", "/usr/bin/new\n")
    guard case .owned(let owner) = database.owner(of: "/usr/bin/new") else {
      Issue.record("the new package was not seen")
      return
    }
    #expect(owner.name.text == "new")
  }

  @Test("Damaged files give no digest and no crash")
  func damaged() throws {
    let tree = try tree()
    let info = "/var/lib/dpkg/info/"
    try tree.write(info + "coreutils.md5sums", "zz\n\n\(Self.first)\n\(Self.first) bin/ls\nnothing")
    try tree.write("/var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib")
    try tree.write("/var/lib/dpkg/status", "Package: coreutils\nConffiles:\n /bin/ls\n \n")
    var database = DpkgDatabase(root: tree.root)
    guard case .owned(let owner) = database.owner(of: "/bin/ls") else {
      Issue.record("nobody owns it")
      return
    }
    #expect(owner.digest == nil)
  }
}
