// SPDX-License-Identifier: Apache-2.0

/// How often an analytic came to each verdict.
public struct VerdictCounts: Hashable, Sendable {
  private var counts: [UInt64] = [UInt64](repeating: 0, count: Verdict.allCases.count)

  public init() {}

  public subscript(verdict: Verdict) -> UInt64 { counts[verdict.index] }

  public mutating func count(_ verdict: Verdict) { counts[verdict.index] &+= 1 }
}
