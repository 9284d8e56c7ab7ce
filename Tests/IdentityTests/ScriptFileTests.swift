// SPDX-License-Identifier: Apache-2.0

import Foundation
import Identity
import Testing
import Wire

/// Real files, asked about for a process that runs; what is expected is what stat(1), md5sum and
/// sha256sum say.
@Suite("The script of a process")
struct ScriptFileTests {
  private func ask(
    _ paths: String..., exact: Bool = false,
    packages: HostPackages = HostPackages(root: "/nowhere"), of launcher: [String] = [],
    after change: () throws -> Void = {}
  ) throws -> ExecutableFacts? {
    let running = try Running(Running.sleep.path, by: launcher)
    var question = running.question
    question.scripts = paths.map { ByteString($0) }
    question.isScriptExact = exact
    try change()
    var lookup = ExecutableLookup(packages: packages)
    return lookup.scriptFacts(for: question)
  }

  @Test("A file of the system has its owner and mode, and no directory that users can write to")
  func systemFile() throws {
    let answer = try ask("/etc/passwd")
    let facts = try #require(answer)
    let said = try Tool.output("stat", "-c", "%u %f %i", "/etc/passwd").split { $0.isWhitespace }
    #expect(facts.owner == UInt32(said[0]))
    #expect(facts.mode == UInt32(said[1], radix: 16))
    #expect(facts.inode == UInt64(said[2]))
    #expect(try facts.modified == Tool.modified("/etc/passwd"))
    #expect(facts.state == .present && facts.isDirectoryWritable == false)
  }

  @Test("A file below /tmp is in a directory that users can write to")
  func userFile() throws {
    let tree = try MadeTree()
    try tree.write("/opt/app.py", "pass\n")
    let path = tree.root + "/opt/app.py"
    let answer = try ask(path)
    let facts = try #require(answer)
    #expect(facts.owner == geteuid() && facts.isDirectoryWritable == true)
    #expect(try facts.sha256 == Tool.digest("sha256sum", of: path))
  }

  @Test("A package's script is verified by its content", arguments: [true, false])
  func package(isSame: Bool) throws {
    let tree = try MadeTree()
    try tree.write("/opt/app.py", "pass\n")
    let path = tree.root + "/opt/app.py"
    let recorded = try Tool.digest("md5sum", of: path)
    try tree.write("/var/lib/dpkg/info/made.list", path + "\n")
    try tree.write("/var/lib/dpkg/info/made.md5sums", "\(recorded)  \(path.dropFirst())\n")
    if !isSame { try tree.write("/opt/app.py", "import os\n") }
    let facts = try ask(path, packages: HostPackages(root: tree.root))
    #expect(facts?.package?.text == "made")
    #expect(facts?.isPackageVerified == isSame)
  }

  @Test(
    "Root's own directory counts until a user can write to it, or owns the script",
    .enabled(if: geteuid() == 0, "only root makes a directory that is root's alone"))
  func ownDirectory() throws {
    let root = "/opt/halfwire-\(UUID().uuidString)"
    let script = root + "/lib/app.py"
    func set(_ path: String, owner: Int = 0, group: Int = 0, mode: Int) throws {
      try FileManager.default.setAttributes(
        [.ownerAccountID: owner, .groupOwnerAccountID: group, .posixPermissions: mode],
        ofItemAtPath: path)
    }
    try FileManager.default.createDirectory(
      atPath: root + "/lib", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try Data("pass\n".utf8).write(to: URL(filePath: script))
    try set(root, mode: 0o755)
    try set(root + "/lib", mode: 0o755)
    func facts() throws -> ExecutableFacts { try #require(try ask(script)) }
    #expect(try facts().owner == 0)
    #expect(try facts().isDirectoryWritable == false)
    try set(root, mode: 0o775)
    #expect(try facts().isDirectoryWritable == false, "the group is root's")
    try set(root, group: 1_000, mode: 0o775)
    #expect(try facts().isDirectoryWritable == true)
    try set(root, owner: 1_000, mode: 0o755)
    #expect(try facts().isDirectoryWritable == true)
    try set(root, mode: 0o755)
    try set(script, owner: 1_000, mode: 0o644)
    #expect(try facts().isDirectoryWritable == false)
    #expect(try facts().owner == 1_000)
  }

  @Test("A link is followed, and counts with the directories on both sides of it")
  func link() throws {
    let tree = try MadeTree()
    try tree.write("/real/app.py", "pass\n")
    try tree.link("/app.py", to: "/etc/passwd")
    try tree.link("/other.py", to: "real/../real/./app.py")
    try tree.link("/loop.py", to: "loop.py")
    let system = try ask(tree.root + "/app.py")
    #expect(system?.owner == 0 && system?.isDirectoryWritable == true)
    let near = try ask(tree.root + "/other.py")
    #expect(try near?.sha256 == Tool.digest("sha256sum", of: tree.root + "/real/app.py"))
    #expect(try ask(tree.root + "/loop.py", exact: true) == nil)
  }

  // proc(5): what these links lead to depends on who asks.
  @Test("What the kernel makes up for each reader is not followed, and not read")
  func magic() throws {
    let tree = try MadeTree()
    try tree.link("/app.py", to: "/proc/self/root/etc/passwd")
    #expect(try ask("/proc/self/root/etc/passwd") == nil)
    #expect(try ask("/proc/self/root/nothing", exact: true) == nil)
    #expect(try ask("/proc/version") == nil)
    #expect(try ask("/sys/kernel/notes") == nil)
    var expected = ExecutableFacts()
    expected.isDirectoryWritable = true
    #expect(try ask(tree.root + "/app.py") == expected)
  }

  private static let makesNamespaces =
    (try? Tool.output("unshare", "-rm", "echo", "made")) == "made\n"

  @Test(
    "Users who make their own mounts can put any file in any place", .enabled(if: makesNamespaces))
  func namespace() throws {
    let tree = try MadeTree()
    let recorded = try Tool.digest("md5sum", of: "/etc/passwd")
    try tree.write("/var/lib/dpkg/info/made.list", "/etc/passwd\n")
    try tree.write("/var/lib/dpkg/info/made.md5sums", "\(recorded)  etc/passwd\n")
    let packages = HostPackages(root: tree.root)
    let host = try ask("/etc/passwd", packages: packages)
    #expect(host?.package?.text == "made" && host?.isDirectoryWritable == false)
    let own = try ask("/etc/passwd", packages: packages, of: ["unshare", "-rm"])
    #expect(own?.owner == 0 && own?.isDirectoryWritable == true)
    #expect(own?.package == nil && own?.mount == nil)
    guard geteuid() == 0 else { return }
    let roots = try ask("/etc/passwd", packages: packages, of: ["unshare", "-m"])
    #expect(roots?.package?.text == "made" && roots?.isDirectoryWritable == false)
  }

  @Test(
    "Nothing is asked of a file system in user space, which here never answers",
    .enabled(if: geteuid() == 0 && FileManager.default.isWritableFile(atPath: "/dev/fuse")),
    .timeLimit(.minutes(1)))
  func silentFileSystem() throws {
    let tree = try MadeTree()
    try tree.write("/mount/app.py", "pass\n")
    let mount = """
      import ctypes, os, sys
      device = os.open("/dev/fuse", os.O_RDWR)
      os.set_inheritable(device, True)
      options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
      libc = ctypes.CDLL(None, use_errno=True)
      if libc.mount(b"none", sys.argv[1].encode(), b"fuse", 0, options.encode()):
        sys.exit(os.strerror(ctypes.get_errno()))
      os.execv(sys.argv[2], sys.argv[2:])
      """
    var expected = ExecutableFacts()
    expected.isDirectoryWritable = true
    let answer = try ask(
      tree.root + "/mount/app.py", exact: true,
      of: ["unshare", "-m", "python3", "-c", mount, tree.root + "/mount"])
    #expect(answer == expected)
  }

  @Test("A script that is gone is deleted only where the interpreter looked nowhere else")
  func deleted() throws {
    let tree = try MadeTree()
    try tree.write("/app.py", "pass\n")
    let path = tree.root + "/app.py"
    let exact = try ask(path, exact: true) { try FileManager.default.removeItem(atPath: path) }
    var expected = ExecutableFacts()
    expected.state = .deleted
    #expect(exact == expected)
    #expect(try ask(path) == nil)
  }

  @Test("Of a class path that file counts which is trusted least; what is not there is left out")
  func classPath() throws {
    let tree = try MadeTree()
    try tree.write("/own.jar", "PK")
    let own = tree.root + "/own.jar"
    let inode = try Tool.output("stat", "-c", "%i", own).split { $0.isWhitespace }
    #expect(try ask("/etc/passwd", own, "/nowhere.jar")?.inode == UInt64(inode[0]))
    #expect(try ask(own, "/etc/passwd")?.inode == UInt64(inode[0]))
    #expect(try ask("/nowhere.jar", "/etc/passwd")?.isDirectoryWritable == false)
    #expect(try ask("/etc/passwd", tree.root) == nil, "a directory holds whatever it holds")
    #expect(try ask("/nowhere.jar", "/nowhere/else.jar") == nil)
  }

  @Test("Of a directory, of a plain program and of a process that is gone nothing is said")
  func nothing() throws {
    #expect(try ask("/etc") == nil)
    let running = try Running(Running.sleep.path)
    var lookup = ExecutableLookup(packages: HostPackages(root: "/nowhere"))
    #expect(lookup.scriptFacts(for: running.question) == nil)
    var gone: IdentityQuestion
    do { gone = try Running(Running.sleep.path).question }
    gone.scripts = ["/etc/passwd"]
    gone.isScriptExact = true
    #expect(lookup.scriptFacts(for: gone) == nil)
  }
}
