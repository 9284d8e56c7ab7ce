// SPDX-License-Identifier: Apache-2.0
import Glibc

/// lnG(nk) - n lnG(k) for the shapes of the fresh null, tabled because 41 trackers ask each visit.
enum FreshNormalisers {
  /// The four shapes k; the same as those of the robust experts, and for the same reason.
  static let shapes: InlineArray<4, Double> = [0.6, 1, 1.5, 2]
  /// Where shape 1 is in `shapes`; there the value is lnG(n).
  static let exponential = 1
  /// Beyond it Stirling's series is exact: at nk > 150 its first term left out is below 1e-14.
  static let tabledVisits = 256

  private static let logGammas = values { logGamma($0) }
  private static let logShapes = values { log($0) }
  private static let halfLogTwoPi = 0.5 * log(2 * Double.pi)

  private static let table: [InlineArray<4, Double>] = (0...tabledVisits).map { visits in
    let n = Double(max(visits, 1))
    return values { logGamma(n * $0) - n * logGamma($0) }
  }

  /// The four values for a segment of `visits` visits.
  static func of(_ visits: UInt32) -> InlineArray<4, Double> {
    guard visits > tabledVisits else { return table[Int(visits)] }
    let n = Double(visits)
    let logN = log(n)
    return InlineArray { index in
      let x = n * shapes[index]
      let logX = logN + logShapes[index]
      let stirling = (x - 0.5) * logX - x + halfLogTwoPi + 1 / (12 * x) - 1 / (360 * x * x * x)
      return stirling - n * logGammas[index]
    }
  }

  private static func values(_ function: (Double) -> Double) -> InlineArray<4, Double> {
    InlineArray { function(shapes[$0]) }
  }
}
