// SPDX-License-Identifier: Apache-2.0

import Digest
import Testing

@Suite("Digests of a stream")
struct DigestStreamTests {
  @Test(
    "The examples of RFC 1321 and FIPS 180-4 for \"abc\", in one piece and in three",
    arguments: [
      (DigestStream.Algorithm.md5, "900150983cd24fb0d6963f7d28e17f72"),
      (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (.sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
      (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        .sha384,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
          + "8086072ba1e7cc2358baeca134c825a7"
      ),
      (
        .sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
      ),
    ])
  func examples(algorithm: DigestStream.Algorithm, expected: String) {
    let text = Array("abc".utf8)
    guard var whole = DigestStream(algorithm), var pieces = DigestStream(algorithm) else {
      Issue.record("libcrypto refuses it")
      return
    }
    whole.update(text[...])
    #expect(whole.hexadecimal() == expected)
    for byte in text.indices { pieces.update(text[byte...byte]) }
    pieces.update([])
    #expect(pieces.hexadecimal() == expected)
  }
}
