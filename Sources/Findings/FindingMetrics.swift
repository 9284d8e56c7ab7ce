// SPDX-License-Identifier: Apache-2.0

public import Analytics

/// What was counted about findings since the stream began.
public struct FindingMetrics: Sendable {
  /// Upper bounds of the visits histogram; a last bucket has none.
  public static let visitBounds = [5, 10, 20, 50, 100]

  private var reached = [UInt64](
    repeating: 0, count: Analytic.allCases.count * Severity.allCases.count)
  private var seen = [Int64?](repeating: nil, count: Analytic.allCases.count)
  private var visits = [UInt64](repeating: 0, count: visitBounds.count + 1)
  /// Sum of the histogram's observations.
  public private(set) var visitSum: UInt64 = 0

  /// Findings told with a severity, each once when it first rose to it.
  public func reached(_ analytic: Analytic, _ severity: Severity) -> UInt64 {
    reached[analytic.index * Severity.allCases.count + severity.index]
  }

  /// Wall time of the last behaviour that counted as a finding; nil before the first.
  public func lastSeenUnixNanoseconds(_ analytic: Analytic) -> Int64? { seen[analytic.index] }

  /// Beacons by the visits they needed, a count for each bound and one for all above.
  public var visitCounts: [UInt64] { visits }

  mutating func noteCreated(_ finding: Finding) {
    // What has no clock has no visit at which its clock was found.
    guard case .beacon(let beacon) = finding.evidence, beacon.visitsAtFinding > 0 else { return }
    let count = beacon.visitsAtFinding
    let bucket = Self.visitBounds.firstIndex { count <= $0 } ?? Self.visitBounds.count
    visits[bucket] &+= 1
    visitSum &+= UInt64(count)
  }

  mutating func noteReached(_ analytic: Analytic, _ severity: Severity) {
    reached[analytic.index * Severity.allCases.count + severity.index] &+= 1
  }

  mutating func noteSeen(_ analytic: Analytic, unixNanoseconds: Int64) {
    seen[analytic.index] = max(seen[analytic.index] ?? .min, unixNanoseconds)
  }
}
