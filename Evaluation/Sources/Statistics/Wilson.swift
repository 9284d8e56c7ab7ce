// SPDX-License-Identifier: Apache-2.0

/// A share with its Wilson score interval of 95 % (Wilson 1927).
public struct Share: Hashable, Sendable {
  public let hits: Int
  public let trials: Int

  public init(_ hits: Int, of trials: Int) {
    self.hits = hits
    self.trials = trials
  }

  /// 0 where nothing was tried.
  public var value: Double { trials > 0 ? Double(hits) / Double(trials) : 0 }

  public var interval: ClosedRange<Double> {
    guard trials > 0 else { return 0...1 }
    let n = Double(trials)
    let z = 1.959963984540054
    let p = value
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
    // The formula gives these bounds exactly; rounding does not.
    let low = hits == 0 ? 0 : max(0, center - half)
    let high = hits == trials ? 1 : min(1, center + half)
    return low...max(low, high)
  }

  public static func + (left: Share, right: Share) -> Share {
    Share(left.hits + right.hits, of: left.trials + right.trials)
  }
}
