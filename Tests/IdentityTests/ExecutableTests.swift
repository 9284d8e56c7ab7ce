// SPDX-License-Identifier: Apache-2.0

import Foundation
import Identity
import Testing
import Wire

/// Real processes of a copied program; digests are those of sha256sum and md5sum.
@Suite("The executable of a process")
struct ExecutableTests {
  private func tree(md5: String?, isConfiguration: Bool = false) throws -> (MadeTree, String) {
    let tree = try MadeTree()
    try tree.copy(Running.sleep, to: "/opt/program")
    let path = tree.root + "/opt/program"
    let recorded = try md5 ?? Tool.digest("md5sum", of: path)
    try tree.write("/var/lib/dpkg/info/made.list", path + "\n")
    if isConfiguration {
      try tree.write(
        "/var/lib/dpkg/status", "Package: made\nConffiles:\n \(path) \(recorded)\n")
    } else {
      try tree.write("/var/lib/dpkg/info/made.md5sums", "\(recorded)  \(path.dropFirst())\n")
    }
    return (tree, path)
  }

  @Test(
    "A package's program is verified by its content; a changed configuration file says nothing",
    arguments: [
      (nil, false, true), (String(repeating: "0", count: 32), false, false),
      (nil, true, true), (String(repeating: "0", count: 32), true, nil),
    ] as [(String?, Bool, Bool?)])
  func verified(md5: String?, isConfiguration: Bool, expected: Bool?) throws {
    let (tree, path) = try tree(md5: md5, isConfiguration: isConfiguration)
    let running = try Running(path)
    var lookup = ExecutableLookup(packages: HostPackages(root: tree.root))
    let answer = lookup.facts(for: running.question)
    let facts = try #require(answer)
    #expect(facts.package?.text == "made")
    #expect(facts.isPackageVerified == expected)
    #expect(facts.state == .present)
    #expect(try facts.sha256 == Tool.digest("sha256sum", of: path))
  }

  @Test("A program that was replaced has the digest of what runs, and no package")
  func replaced() throws {
    let (tree, path) = try tree(md5: nil)
    let before = try Tool.digest("sha256sum", of: path)
    let running = try Running(path)
    try tree.write("/opt/program", "another\n")
    var lookup = ExecutableLookup(packages: HostPackages(root: tree.root))
    let answer = lookup.facts(for: running.question)
    let facts = try #require(answer)
    #expect(facts.state == .replaced)
    #expect(facts.sha256 == before)
    #expect(facts.package == nil && facts.isPackageVerified == nil && facts.mount == nil)
  }

  @Test("Without a package database the package is not known, rather than none")
  func noDatabase() throws {
    let tree = try MadeTree()
    try tree.copy(Running.sleep, to: "/opt/program")
    let running = try Running(tree.root + "/opt/program")
    var lookup = ExecutableLookup(packages: HostPackages(root: tree.root))
    let answer = lookup.facts(for: running.question)
    let facts = try #require(answer)
    #expect(facts.package == nil && facts.sha256 != nil)
  }

  @Test("Another process under the same pid, or another image, is not asked about")
  func otherProcess() throws {
    let (tree, path) = try tree(md5: nil)
    let running = try Running(path)
    var lookup = ExecutableLookup(packages: HostPackages(root: tree.root))
    let earlier = running.key.start.advanced(byNanoseconds: 5_000_000_000)
    let recycled = IdentityQuestion(
      image: ImageKey(pid: running.key.pid, start: earlier, execID: 1))
    #expect(lookup.facts(for: recycled) == nil)
    var otherFile = running.question
    otherFile.device = 1
    otherFile.inode = 1
    #expect(lookup.facts(for: otherFile) == nil)
    // btrfs and overlayfs: other numbers in the kernel than in stat(2).
    otherFile.path = ByteString(path)
    otherFile.modified = try Tool.modified(path)
    #expect(lookup.facts(for: otherFile)?.package?.text == "made")
    otherFile.modified = 1
    #expect(lookup.facts(for: otherFile) == nil)
  }

  @Test("After its end a process's file counts only when nothing of it changed since its exec")
  func gone() throws {
    let (tree, path) = try tree(md5: nil)
    let key: IdentityQuestion
    do { key = try Running(path).question }
    let status = try Tool.output("stat", "-c", "%d %i", path).split { $0.isWhitespace }
    var question = key
    question.path = ByteString(path)
    question.device = UInt64(status[0])
    question.inode = UInt64(status[1])
    question.modified = try Tool.modified(path)
    var lookup = ExecutableLookup(packages: HostPackages(root: tree.root))
    #expect(lookup.facts(for: question) == nil, "when the exec was is not known")
    question.began = .max
    let answer = lookup.facts(for: question)
    let facts = try #require(answer)
    #expect(try facts.sha256 == Tool.digest("sha256sum", of: path))
    #expect(facts.package?.text == "made" && facts.state == nil)
    question.began = 1
    #expect(lookup.facts(for: question) == nil, "changed after the exec")
    question.began = .max
    question.device = 1
    #expect(lookup.facts(for: question) == nil, "on another file system")
    question.device = UInt64(status[0])
    question.modified = 1
    #expect(lookup.facts(for: question) == nil, "written to")
  }

  @Test(
    "Owners and contents of this host's own programs are those that dpkg-query and md5sum say",
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/dpkg-query")))
  func hostPackages() throws {
    var packages = HostPackages()
    let names = try FileManager.default.contentsOfDirectory(atPath: "/usr/bin").sorted()
    let paths = names.map { "/usr/bin/\($0)" }.filter {
      (try? FileManager.default.attributesOfItem(atPath: $0)[.type] as? FileAttributeType)
        == .typeRegular
    }
    let chosen = stride(from: 0, to: paths.count, by: max(paths.count / 36, 1)).map { paths[$0] }
    #expect(chosen.count > 24)
    var compared = 0
    for path in chosen {
      // dpkg knows a merged path by one of its two names.
      let said = [path, String(path.dropFirst(4))].lazy.map { name in
        (try? Tool.output("dpkg-query", "-S", name)) ?? ""
      }.first { !$0.isEmpty }
      let expected = said.map { String($0.prefix { $0 != ":" && $0 != "," }) }
      switch packages.owner(of: ByteString(path)) {
      case .owned(let owner):
        #expect(owner.name.text == expected, "\(path)")
        guard let recorded = owner.digest, owner.name.text == expected else { continue }
        let verified = try Tool.output("dpkg", "--verify", expected ?? "")
        let isAltered = verified.split(separator: "\n").contains {
          $0.hasSuffix(" " + path) && $0.dropFirst(2).first == "5"
        }
        #expect(
          try (recorded.hexadecimal == Tool.digest("md5sum", of: path)) == !isAltered, "\(path)")
        compared += 1
      case .unowned: #expect(expected == nil, "\(path)")
      case .absent, .unreadable: Issue.record("no database")
      }
    }
    #expect(compared > 24)
  }
}
