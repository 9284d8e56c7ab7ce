// SPDX-License-Identifier: Apache-2.0
import Glibc

// What the robust experts of the null have learnt about outliers.
//
// Question  Is this interval one of the usual ones, or a pause that should not spoil their mean?
// Formula   p = ei G + eo w with
//             w(y) = Normal(ln y; ln m, sd 2) / y,  m the robust mean,
//             ei = (3.9 + inliers) / (4.1 + n),  eo = (.2 + outliers) / (4.1 + n).
//           An inlier has ei G(1) > eo w, where G(1) is the exponential expert.
// Source    docs/timing.md, "The null".
// Misses    A mixture of two usual lengths far apart: the second kind is screened out.

/// Running counts of inliers and outliers, and the broad density given to outliers.
struct InlierScreen {
  /// Pseudo-counts: one visit in twenty is expected to be an outlier before any was seen.
  static let inlierPseudoCount = 3.9
  static let outlierPseudoCount = 0.2
  /// In nats: one sigma is a factor of 7.4 either way, so pauses of any usual length are covered.
  static let outlierLogSpread = 2.0
  /// -ln(sd) - ln(2 pi)/2, the constant of the log-normal density.
  private static let logNormalConstant = -log(outlierLogSpread) - 0.5 * log(2 * Double.pi)

  private var inliers: UInt32 = 0
  private var outliers: UInt32 = 0

  /// Log densities and log weights of the two kinds for one interval.
  struct Verdict {
    let logInlierWeight: Double
    /// ln(eo w).
    let logOutlier: Double
    /// ln w.
    let logBroad: Double

    /// ln(ei p + eo w) for an expert that gave the interval the log density `logDensity`.
    func mixed(_ logDensity: Double) -> Double {
      logSum(logInlierWeight + logDensity, logOutlier)
    }

    /// Whether the exponential expert explains the interval better than the broad density.
    func isInlier(exponential logDensity: Double) -> Bool {
      logInlierWeight + logDensity > logOutlier
    }
  }

  /// Weighs one interval against the robust mean, before it is counted.
  func weigh(_ interval: ObservedInterval, logMean: Double) -> Verdict {
    let inlierCount = Self.inlierPseudoCount + Double(inliers)
    let outlierCount = Self.outlierPseudoCount + Double(outliers)
    let total = inlierCount + outlierCount
    let deviation = (interval.logNullLength - logMean) / Self.outlierLogSpread
    let logBroad = -0.5 * deviation * deviation + Self.logNormalConstant - interval.logNullLength
    return Verdict(
      logInlierWeight: log(inlierCount / total),
      logOutlier: log(outlierCount / total) + logBroad, logBroad: logBroad)
  }

  /// Counts one judged interval; the first interval of a channel is not judged.
  mutating func count(inlier: Bool) {
    if inlier {
      inliers &+= 1
    } else {
      outliers &+= 1
    }
  }
}

extension InlierScreen: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(count: &inliers)
    carrier.carry(count: &outliers)
  }
}
