// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@testable import Identity

@Suite("Arguments as /proc has them")
struct ProcessLookupTests {
  /// Each argument ends with a NUL, as proc(5) says of `cmdline`.
  private func line(_ arguments: [String]) -> [UInt8] {
    arguments.flatMap { Array($0.utf8) + [0] }
  }

  @Test(
    "Arguments end with a NUL, which a process that wrote its own may have left out",
    arguments: [
      (Array("java\0-Xa\0\0x\0".utf8), ["java", "-Xa", "", "x"]),
      (Array("nginx: worker".utf8), ["nginx: worker"]),
      ([0], [""]),
    ] as [([UInt8], [String])])
  func small(bytes: [UInt8], expected: [String]) {
    #expect(ProcessLookup.arguments(in: bytes) == expected.map { ByteString($0) })
  }

  @Test(
    "Anybody may give 30,000 arguments: the first 1,024 are taken",
    arguments: [1_023, 1_024, 1_025, 30_000])
  func many(count: Int) {
    let given = (0..<count).map { "\($0 % 10)" }
    #expect(
      ProcessLookup.arguments(in: line(given)) == given.prefix(1_024).map { ByteString($0) })
  }

  @Test("An argument that 32 KiB end in is none: a path that is cut is another path")
  func long() {
    // "java", "-cp" and their NULs are 9 bytes.
    let fits = String(repeating: "a", count: 32_768 - 9 - 1)
    let whole = ["java", "-cp", fits]
    #expect(ProcessLookup.arguments(in: line(whole)) == whole.map { ByteString($0) })
    for cut in [["java", "-cp", fits + "a"], ["java", "-cp", fits, "Main"]] {
      let kept = cut.prefix(cut.count - 1).map { ByteString($0) }
      #expect(ProcessLookup.arguments(in: line(cut)) == kept)
    }
  }
}
