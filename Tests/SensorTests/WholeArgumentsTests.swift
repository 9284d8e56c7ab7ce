// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@testable import Sensor

@Suite("Arguments that were cut")
struct WholeArgumentsTests {
  @Test(
    "Only what goes on where the cut ones end is the same process's",
    arguments: [
      (["java", "-Xa", "-jar", "/opt/a.jar"], ["java", "-Xa", "-j"], true),
      (["java", "-Xa"], ["java", "-Xa"], true),
      (["java", "-Xb", "-jar", "/opt/a.jar"], ["java", "-Xa", "-j"], false),
      (["java", "-Xa", "-cp", "x"], ["java", "-Xa", "-j"], false),
      (["java"], ["java", "-Xa"], false),
      (["java"], [], false),
    ] as [([String], [String], Bool)])
  func begins(whole: [String], cut: [String], expected: Bool) {
    let whole = whole.map { ByteString($0) }
    #expect(WholeArguments.begins(whole, with: cut.map { ByteString($0) }) == expected)
  }
}
