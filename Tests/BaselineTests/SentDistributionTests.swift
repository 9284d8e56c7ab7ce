// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Baseline

@Suite("What a subject sends in five minutes")
struct SentDistributionTests {
  private let start: Int64 = 20_000 * 86_400

  @Test("The 99th percentile is that of the sorted windows, at most a quarter too high")
  func percentile() throws {
    // A fixed sequence (x' = 1,103,515,245 x + 12,345 mod 2^31) spread over six decades.
    var state: UInt64 = 1
    var sizes: [UInt64] = []
    for _ in 0..<2_000 {
      state = (1_103_515_245 * state + 12_345) % (1 << 31)
      sizes.append(1_024 << (state % 20) + state % 1_000)
    }
    var distribution = SentDistribution()
    for (index, size) in sizes.enumerated() {
      distribution.record(size, at: start + Int64(index) * 300)
    }
    let end = start + 2_000 * 300
    distribution.record(1, at: end)
    let told = try #require(distribution.percentile99(at: end))
    // Nearest rank: the 1,980th of 2,000.
    let exact = sizes.sorted()[1_979]
    #expect(told >= exact && Double(told) <= 1.25 * Double(exact))
  }

  @Test("Sends within one window count together; a window that is not over counts not yet")
  func windows() {
    var distribution = SentDistribution()
    for second in 0..<300 as Range<Int64> { distribution.record(10_000, at: start + second) }
    #expect(distribution.percentile99(at: start + 299) == nil)
    distribution.record(1, at: start + 300)
    // 3,000,000 bytes lie between 5/4 and 6/4 of 2 MiB.
    #expect(distribution.percentile99(at: start + 300) == (3 << 20) - 1)
  }

  @Test("What is older than 36 days no longer counts, what is younger than 30 does")
  func forgetting() {
    var distribution = SentDistribution()
    distribution.record(1 << 30, at: start)
    for day in 1...29 as ClosedRange<Int64> { distribution.record(2_000, at: start + day * 86_400) }
    #expect(distribution.percentile99(at: start + 29 * 86_400) ?? 0 > 1 << 30)
    for day in 30...37 as ClosedRange<Int64> {
      distribution.record(2_000, at: start + day * 86_400)
    }
    #expect(distribution.percentile99(at: start + 37 * 86_400) ?? .max < 3_000)
    #expect(distribution.percentile99(at: start + 100 * 86_400) == nil)
  }

  @Test("Every size lies below the edge of its bucket and above that of the one before")
  func buckets() {
    for shift in 0..<33 {
      for size in [1, 3, 5, 7].map({ UInt64($0) << UInt64(shift) }) where size < 16 << 30 {
        let bucket = SentDistribution.bucket(size)
        #expect(size <= SentDistribution.upperEdge(bucket))
        if bucket > 0 { #expect(size > SentDistribution.upperEdge(bucket - 1)) }
      }
    }
  }
}
