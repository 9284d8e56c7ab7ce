// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Export
@testable import metrics_fixture

@Suite("The textfile")
struct TextfileTests {
  @Test("It holds the prefixed families whole, with mode 0644, and nothing else is left")
  func content() throws {
    let directory = try TemporaryDirectory()
    let textfile = Textfile(directory: directory.path)
    try textfile.write(.golden)
    try textfile.write(.golden)
    let text = try String(
      decoding: SystemCalls.read(textfile.path, limit: 1 << 20), as: UTF8.self)
    let golden = try SourceTree.text("Tests/ExportTests/golden.prom")
    let expected = golden.split(separator: "\n").filter { !$0.contains(/(^| )process_/) }
    #expect(text.split(separator: "\n") == expected)
    #expect(text.hasSuffix("\n"))
    #expect(try directory.mode(of: "halfwire.prom") == 0o644)
    #expect(try SystemCalls.entryCount(of: directory.path) == 1)
  }

  @Test("A link planted under the temporary name is not followed")
  func link() throws {
    let directory = try TemporaryDirectory()
    try directory.link("target", from: "halfwire.prom.tmp")
    try Textfile(directory: directory.path).write(.golden)
    #expect(throws: SystemError(code: ENOENT)) {
      try SystemCalls.identity(of: directory.path + "/target")
    }
  }

  @Test(
    "A directory that cannot be written gives the reason and the fix",
    arguments: [
      ("/nowhere/at/all", ENOENT, "mkdir -p /nowhere/at/all"),
      ("/etc/passwd", ENOTDIR, "not a file"), ("/proc/self", ENOENT, "mkdir"),
    ])
  func unwritable(directory: String, code: Int32, fix: String) throws {
    let error = #expect(throws: TextfileError.self) {
      try Textfile(directory: directory).write(.golden)
    }
    let found = try #require(error)
    #expect(found.reason.code == code)
    #expect(found.step == .create)
    #expect(found.description.contains(found.reason.description))
    #expect(found.fix.contains(fix))
  }

  @Test("When the rename fails the temporary file is removed")
  func rename() throws {
    let directory = try TemporaryDirectory()
    try directory.makeDirectory("halfwire.prom")
    let error = #expect(throws: TextfileError.self) {
      try Textfile(directory: directory.path).write(.golden)
    }
    #expect(error?.step == .rename)
    #expect(error?.reason.code == EISDIR)
    #expect(try SystemCalls.entryCount(of: directory.path) == 1)
  }
}
