// SPDX-License-Identifier: Apache-2.0

import Digest
import Foundation
import Identity
import Testing
import Wire

/// Fixtures/rpmdb.sqlite is rpm's own work (make_rpm_fixture.sh); digests are sha256sum's.
@Suite("rpm's database")
struct RpmTests {
  private static let first = "b640e840b19d378660b32fb51ae18d67dccb4a8596a29e7bd72c1b2ae5928f41"
  private static let second = "480c2336b410f1ad5f8bf1b28944490255804b65350c527787e74ebdd511e3a4"
  private static let setting = "694fce5e87dea3da27977dc7af55a864bf0dca292e4dd6afa2bd2a8cddd131ec"

  private func tree(at place: String = "/var/lib/rpm") throws -> MadeTree {
    let fixture = try #require(
      Bundle.module.url(forResource: "rpmdb", withExtension: "sqlite", subdirectory: "Fixtures"))
    let tree = try MadeTree()
    try tree.copy(fixture, to: place + "/rpmdb.sqlite")
    return tree
  }

  @Test(
    "Two files of one name are told apart by their directories",
    arguments: [
      ("/usr/bin/dummy", first, false), ("/usr/lib/halfwire-dummy/dummy", second, false),
      ("/etc/dummy.conf", setting, true),
    ], ["/var/lib/rpm", "/usr/lib/sysimage/rpm"])
  func owner(_ file: (String, String, Bool), place: String) throws {
    let tree = try tree(at: place)
    let answer = RpmDatabase(root: tree.root).owner(of: ByteString(file.0))
    guard case .owned(let owner) = answer else {
      Issue.record("\(file.0): \(answer)")
      return
    }
    #expect(owner.name.text == "halfwire-dummy")
    #expect(owner.digest?.hexadecimal == file.1)
    #expect(owner.digest?.algorithm == .sha256)
    #expect(owner.isConfiguration == file.2)
  }

  @Test("A link has an owner and no digest")
  func link() throws {
    let tree = try tree()
    guard case .owned(let owner) = RpmDatabase(root: tree.root).owner(of: "/usr/bin/dummy-link")
    else {
      Issue.record("nobody owns it")
      return
    }
    #expect(owner.digest == nil)
  }

  @Test("A directory that became a link is the one it leads to")
  func mergedDirectory() throws {
    let tree = try tree()
    try tree.write("/usr/sbin/placeholder", "")
    try tree.link("/usr/bin", to: "sbin")
    guard case .owned(let owner) = RpmDatabase(root: tree.root).owner(of: "/usr/sbin/dummy") else {
      Issue.record("nobody owns it")
      return
    }
    #expect(owner.digest?.hexadecimal == Self.first)
  }

  @Test("Other paths are nobody's", arguments: ["/bin/dummy", "/usr/bin/dummy2", "dummy", "/"])
  func unowned(path: String) throws {
    let tree = try tree()
    #expect(RpmDatabase(root: tree.root).owner(of: ByteString(path)) == .unowned)
  }

  @Test("No database, one that is empty, and one that is none")
  func noDatabase() throws {
    let tree = try MadeTree()
    #expect(RpmDatabase(root: tree.root).owner(of: "/usr/bin/dummy") == .absent)
    try tree.write("/var/lib/rpm/rpmdb.sqlite", "")
    #expect(RpmDatabase(root: tree.root).owner(of: "/usr/bin/dummy") == .unreadable)
    try tree.write("/var/lib/rpm/rpmdb.sqlite", String(repeating: "not SQLite ", count: 400))
    #expect(RpmDatabase(root: tree.root).owner(of: "/usr/bin/dummy") == .unreadable)
  }

  @Test("A damaged database never crashes the reader")
  func damaged() throws {
    let tree = try tree()
    let path = tree.root + "/var/lib/rpm/rpmdb.sqlite"
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var seed = SystemRandomNumberGenerator()
    var answers = 0
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...64, using: &seed) {
        // Behind SQLite's own header, so that most of the damage reaches the package's.
        bytes[Int.random(in: 100..<bytes.count, using: &seed)] = .random(in: 0...255, using: &seed)
      }
      try Data(bytes).write(to: URL(filePath: path))
      _ = RpmDatabase(root: tree.root).owner(of: "/usr/bin/dummy")
      answers += 1
    }
    #expect(answers == 400)
  }
}
