// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Wire

@Suite("Arguments")
struct ArgumentTests {
  private func facts(_ arguments: [String]?) -> ProcessFacts {
    var facts = ProcessFacts()
    facts.arguments = arguments?.map { ByteString($0) }
    return facts
  }

  @Test(
    "What is held in one piece comes out as it went in",
    arguments: [nil, [], [""], ["a", "", "\u{0}b", ""], ["ä", "bc"]] as [[String]?])
  func roundTrip(arguments: [String]?) {
    #expect(facts(arguments).arguments == arguments?.map { ByteString($0) })
    #expect(facts(arguments) == facts(arguments))
  }

  @Test("Where one ends and the next begins is part of them")
  func ends() {
    #expect(facts(["ab", "c"]) != facts(["a", "bc"]))
    #expect(facts([]) != facts(nil) && facts([]) != facts([""]))
  }

  @Test("A look, a change and a look again", arguments: [0, 1, 2])
  func change(index: Int) {
    var facts = facts(["java", "-Xa", "Main"])
    facts.arguments?[index] = "changed"
    var expected: [ByteString] = ["java", "-Xa", "Main"]
    expected[index] = "changed"
    #expect(facts.arguments == expected)
  }

  @Test("Long ones are cut where the kernel side would have: at 2,048 bytes, NULs among them")
  func cut() {
    // "java" and its NUL are 5 bytes.
    let long = String(repeating: "x", count: 3_000)
    var inside = facts(["java", long, "Main"])
    #expect(inside.argumentBytesBeyondCut == 5 + 3_001 + 5 - 2_049)
    inside.cutArguments()
    #expect(inside.arguments == ["java", ByteString(String(long.prefix(2_043)))])
    #expect(inside.areArgumentsCut && inside.argumentBytesBeyondCut == 0)
    // A NUL is the last byte that there is room for.
    let upTo = String(long.prefix(2_042))
    var between = facts(["java", upTo, long])
    between.cutArguments()
    #expect(between.arguments == ["java", ByteString(upTo)])
    #expect(between.areArgumentsCut)
    var short = facts(["java", "Main"])
    short.cutArguments()
    #expect(short.arguments == ["java", "Main"] && !short.areArgumentsCut)
  }
}
