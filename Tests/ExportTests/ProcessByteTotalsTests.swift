// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Bytes per process")
struct ProcessByteTotalsTests {
  /// The exported value of each series, by its label values.
  private func series(_ totals: inout ProcessByteTotals) -> [[String]: UInt64] {
    var builder = MetricSnapshot.Builder()
    totals.write(to: &builder)
    let family = builder.build().families.first { $0.definition.isHostDriven }
    var result: [[String]: UInt64] = [:]
    for sample in family?.samples ?? [] {
      if case .integer(let value) = sample.value { result[sample.labels] = value }
    }
    return result
  }

  @Test("The first 20 names have a series each, the rest is added up in __other__")
  func folding() {
    var totals = ProcessByteTotals()
    for index in 0..<25 { totals.add(10, process: Label.Process("p\(index)"), .sent, .external) }
    let shown = series(&totals)
    #expect(shown.count == 21)
    #expect(shown[["__other__", "sent", "external"]] == 50)
  }

  @Test("A name that moves twice as much as the smallest gets its series, from then on")
  func promotion() {
    var totals = ProcessByteTotals()
    for index in 0..<20 {
      totals.add(100_000, process: Label.Process("p\(index)"), .sent, .external)
    }
    totals.add(100, process: "late", .received, .private)
    totals.add(200_000, process: "late", .received, .private)
    let shown = series(&totals)
    #expect(shown[["late", "received", "private"]] == 200_000)
    #expect(shown[["__other__", "received", "private"]] == 100)
    #expect(shown[["__other__", "sent", "external"]] == 100_000)
    #expect(shown.keys.count { $0[0].hasPrefix("p") } == 19)
  }

  @Test("Under any mix of names the sum is exact, series are bounded, __other__ never falls")
  func adversary() {
    var totals = ProcessByteTotals()
    var given: [UInt64] = [0, 0]
    var other: UInt64 = 0
    for round in 0..<200 {
      for _ in 0..<50 {
        let bytes = UInt64.random(in: 0...500_000)
        let name = Label.Process("n\(Int.random(in: 0..<(round < 100 ? 40 : 4000)))")
        let isSent = Bool.random()
        totals.add(bytes, process: name, isSent ? .sent : .received, .external)
        given[isSent ? 0 : 1] += bytes
      }
      let shown = series(&totals)
      #expect(shown.count <= 21 * 2)
      for (index, direction) in ["sent", "received"].enumerated() {
        let sum = shown.filter { $0.key[1] == direction }.values.reduce(0, +)
        #expect(sum == given[index])
      }
      let folded = shown.filter { $0.key[0] == "__other__" }.values.reduce(0, +)
      #expect(folded >= other)
      other = folded
    }
  }

  @Test("Folded names are counted in series_dropped_total")
  func counted() {
    var totals = ProcessByteTotals()
    for index in 0..<23 { totals.add(10, process: Label.Process("p\(index)"), .sent, .external) }
    var builder = MetricSnapshot.Builder()
    totals.write(to: &builder)
    totals.write(to: &builder)
    let text = String(decoding: builder.build().text(), as: UTF8.self)
    #expect(
      text.contains(
        "halfwire_series_dropped_total{metric=\"halfwire_process_transferred_bytes_total\"} 3\n"))
  }
}
