// SPDX-License-Identifier: Apache-2.0

import Baseline
import Testing

@Suite("Days on which something happened")
struct DaySetTests {
  @Test("Marked days count within the window that ends today")
  func window() {
    var days = DaySet()
    for day in [100, 101, 105, 113] as [Int32] { days.mark(day) }
    #expect(days.count(upTo: 113, window: 14) == 4)
    #expect(days.count(upTo: 114, window: 14) == 3)
    #expect(days.count(upTo: 144, window: 32) == 1)
    #expect(days.count(upTo: 145, window: 32) == 0)
  }

  @Test("A day before the last one still has its place; one 32 days back has none")
  func late() {
    var days = DaySet()
    days.mark(200)
    days.mark(190)
    days.mark(168)
    #expect(days.count(upTo: 200) == 2)
    days.unmark(190)
    #expect(days.count(upTo: 200) == 1)
  }
}
