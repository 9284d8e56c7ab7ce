// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Where unsafe code lives")
struct UnsafeTests {
  /// Folders and files that may say `unsafe`, by module; a module that is missing may not at all.
  ///
  /// Strict memory safety makes the compiler ask for the word wherever it is due, so a list of the
  /// word is a list of the code.
  private static let allowed: [String: [String]] = [
    // Loads of records out of bytes whose length was checked.
    "Wire": [""],
    // libbpf.
    "Probe": [""],
    // zstd, and the two owners of a file descriptor.
    "Trace": ["Native/Zstd.swift", "Files/InputFile.swift", "Files/OutputFile.swift"],
    // libcrypto.
    "Digest": [""],
    // The C library's lgamma_r gives the sign through a pointer.
    "Analytics": ["Timing/LogGamma.swift"],
    // System calls, behind functions without pointers.
    "Export": ["Files/SystemCalls.swift"],
    // SQLite, and the directory that its file lies in.
    "Baseline": ["Store/SQLiteConnection.swift", "Store/StateDirectory.swift"],
    "Identity": [""],
    "Sensor": [""],
    "Simulate": [""],
    "halfwire": ["CommandFailure.swift"],
  ]

  @Test("unsafe stands only in the files that wrap C, and nowhere in Flows and Findings")
  func unsafeIsWhereItBelongs() throws {
    #expect(Self.allowed["Flows"] == nil && Self.allowed["Findings"] == nil)
    let stray = Self.stray(in: try SourceFile.all())
    #expect(stray == [])
  }

  @Test("Nothing escapes the checks of concurrency and of memory safety")
  func noEscape() throws {
    for file in try SourceFile.all() {
      // The annotation, wherever it stands; comments do not count.
      let code = file.codeLines.joined(separator: "\n")
      for escape in ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "as!"]
      where code.contains(escape) {
        Issue.record("\(file.path): \(escape)")
      }
    }
  }

  @Test("unsafe in another file is told; in a comment it is not")
  func strayUnsafeIsTold() {
    let code = SourceFile(
      module: "Flows", path: "Sources/Flows/Bad.swift", text: "  let a = unsafe load(p)")
    let comment = SourceFile(
      module: "Flows", path: "Sources/Flows/Good.swift", text: "  // unsafe is not used here")
    let allowed = SourceFile(
      module: "Export", path: "Sources/Export/Files/SystemCalls.swift", text: "unsafe close(d)")
    let neighbour = SourceFile(
      module: "Export", path: "Sources/Export/Text/Text.swift", text: "unsafe close(d)")
    #expect(
      Self.stray(in: [code, comment, allowed, neighbour]) == [
        "Sources/Flows/Bad.swift", "Sources/Export/Text/Text.swift",
      ])
  }

  private static func stray(in files: [SourceFile]) -> [String] {
    files.filter { file in
      let places = allowed[file.module, default: []].map { "Sources/\(file.module)/\($0)" }
      return file.uses(word: "unsafe") && !places.contains { file.path.hasPrefix($0) }
    }.map(\.path)
  }
}
