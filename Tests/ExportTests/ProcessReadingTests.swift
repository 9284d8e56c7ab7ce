// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Export

@Suite("The sensor's own cost")
struct ProcessReadingTests {
  // Field numbers from proc_pid_stat(5).
  @Test("Fields count from the last bracket, whatever the name holds")
  func name() {
    var reading = ProcessReading()
    let stat =
      "4121 (a) S 1 (b) S 1 4121 4121 0 -1 4194560 120 0 0 0 250 50 0 0 20 0 3 0 900 4096000 512 18"
    reading.take(stat: Array(stat.utf8), ticksPerSecond: 100, pageSize: 4096)
    #expect(reading.cpuSeconds == 3)
    #expect(reading.startSeconds == 9)
    #expect(reading.residentBytes == 512 * 4096)
  }

  @Test(
    "Text that is no stat file leaves everything unknown", arguments: ["", "1 (x", "1 (x) S 1"])
  func malformed(text: String) {
    var reading = ProcessReading()
    reading.take(stat: Array(text.utf8), ticksPerSecond: 100, pageSize: 4096)
    #expect(reading == ProcessReading())
  }

  @Test("A live reading is that of this process")
  func live() throws {
    let reading = ProcessReading.now()
    let now = Double(time(nil))
    #expect(try #require(reading.residentBytes) > 1 << 20)
    #expect(try #require(reading.cpuSeconds) >= 0)
    #expect(try (now - 86_400...now + 1).contains(#require(reading.startSeconds)))
    let before = try #require(reading.openFileDescriptors)
    #expect(before >= 1 && before < 4096)
  }
}
