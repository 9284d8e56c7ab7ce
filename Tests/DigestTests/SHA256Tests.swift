// SPDX-License-Identifier: Apache-2.0

import Digest
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "FIPS 180-4's own examples come out as it prints them",
    arguments: [
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
  func examples(text: String, expected: String) {
    #expect(SHA256.hexadecimal(Array(text.utf8), characters: 64) == expected)
  }

  @Test("Base32 takes five bits at a time, most significant first, from Crockford's alphabet")
  func base32() {
    // ba 78 16 bf … = 10111 01001 11100 00001 01101 01111 11…
    #expect(SHA256.crockford(Array("abc".utf8), characters: 6) == "q9w1df")
    #expect(SHA256.crockford(Array("abc".utf8), characters: 99).count == 51)
  }
}
