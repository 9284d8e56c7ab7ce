// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Findings

@Suite("Times and numbers as text")
struct TextTests {
  @Test(
    "RFC 3339 times, checked with date(1)",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z"),
      (951_782_399_999_000_000, "2000-02-28T23:59:59.999Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
      (1_709_164_800_001_000_000, "2024-02-29T00:00:00.001Z"),
      (1_763_700_000_000_000_000, "2025-11-21T04:40:00.000Z"),
      (4_102_444_800_000_000_000, "2100-01-01T00:00:00.000Z"),
      (-1_000_000, "1969-12-31T23:59:59.999Z"),
      (.max, "2262-04-11T23:47:16.854Z"),
    ])
  func times(nanoseconds: Int64, expected: String) {
    #expect(WallClock.text(unixNanoseconds: nanoseconds) == expected)
  }

  @Test("Numbers have a fixed number of decimals at most")
  func numbers() {
    #expect(NumberText.rounded(60.0004, places: 3) == "60")
    #expect(NumberText.rounded(-0.00001, places: 3) == "0")
    #expect(
      NumberText.rounded(1.05, places: 1) == "1.1" || NumberText.rounded(1.05, places: 1) == "1")
    #expect(NumberText.rounded(.nan, places: 3) == nil)
    #expect(NumberText.rounded(.infinity, places: 3) == nil)
    #expect(NumberText.fixed(0.967, places: 2) == "0.97")
    #expect(NumberText.fixed(-2.5, places: 1) == "-2.5")
    #expect(NumberText.fixed(3, places: 2) == "3.00")
  }

  @Test("Bytes and seconds are short")
  func units() {
    #expect(NumberText.bytes(999) == "999 B")
    #expect(NumberText.bytes(4_100_000) == "4.1 MB")
    #expect(NumberText.bytes(999_960) == "1.0 MB")
    #expect(NumberText.seconds(60.2) == "60.2 s")
    #expect(NumberText.seconds(300) == "5 min")
    #expect(NumberText.seconds(14_400) == "4 h")
  }
}
