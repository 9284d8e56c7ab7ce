// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@testable import Findings

@Suite("Redaction of arguments")
struct RedactionTests {
  @Test(
    "Secrets go, the rest stays",
    arguments: [
      (["curl", "--password=x y", "-s"], ["curl", "--password=[redacted] y", "-s"]),
      (["app", "--api-key", "k1", "z"], ["app", "--api-key", "[redacted]", "z"]),
      (["env", "DB_PASSWORD=p", "A=b"], ["env", "DB_PASSWORD=[redacted]", "A=b"]),
      (
        ["curl", "-H", "Authorization: Bearer abc", "http://h/"],
        ["curl", "-H", "Authorization: [redacted] [redacted]", "http://h/"]
      ),
      (["curl", "-HX-Api-Key:abc"], ["curl", "-HX-Api-Key:[redacted]"]),
      (["curl", "-u", "joe:pw", "x"], ["curl", "-u", "joe:[redacted]", "x"]),
      (["wget", "https://joe:pw@h/p?a=1"], ["wget", "https://joe:[redacted]@h/p?a=1"]),
      (
        ["wget", "https://h/p?a=1&access_token=t#f"],
        ["wget", "https://h/p?a=1&access_token=[redacted]"]
      ),
      (["a", "--url=https://u:p@h"], ["a", "--url=https://u:[redacted]@h"]),
      (["a", "--password=http://x"], ["a", "--password=[redacted]"]),
      (
        ["sh", "-c", "curl --token t1 https://h"],
        ["sh", "-c", "curl --token [redacted] https://h"]
      ),
      (["mysql", "-psecret", "-h", "db"], ["mysql", "-p[redacted]", "-h", "db"]),
      (["ssh", "-p", "22", "host"], ["ssh", "-p", "22", "host"]),
      (["kupdater", "-d"], ["kupdater", "-d"]),
    ])
  func redact(arguments: [String], expected: [String]) {
    #expect(Redaction.redact(arguments.map { ByteString($0) }) == expected)
  }
}
