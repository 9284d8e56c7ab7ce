// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Draws from the distributions that traffic is made of.
extension SplitMix64 {
  /// Uniform, strictly between 0 and 1.
  public mutating func unit() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }

  /// From 0 to below `bound`, which is at least 1; the bias is below 2^-40 for bounds below 2^24.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  public mutating func exponential(_ mean: Double) -> Double { -mean * log(unit()) }

  /// Box and Muller's method, the cosine half.
  public mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
    let radius = (-2 * log(unit())).squareRoot()
    return mean + deviation * radius * cos(2 * Double.pi * unit())
  }

  public mutating func logNormal(median: Double, sigma: Double) -> Double {
    median * exp(normal(0, sigma))
  }

  /// Marsaglia and Tsang's method (2000); below shape 1 by their boost.
  public mutating func gamma(shape: Double, scale: Double) -> Double {
    guard shape >= 1 else {
      return gamma(shape: shape + 1, scale: scale) * pow(unit(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v * scale }
    }
  }

  public mutating func weibull(shape: Double, scale: Double) -> Double {
    scale * pow(-log(unit()), 1 / shape)
  }

  /// Pareto with minimum 0 (Lomax) and scale 1.
  public mutating func lomax(_ index: Double) -> Double { pow(unit(), -1 / index) - 1 }

  /// Inverse Gaussian (Michael, Schucany and Haas 1976).
  public mutating func inverseGaussian(mean: Double, shape: Double) -> Double {
    let y = normal()
    let z = mean * y * y
    let x = mean + mean * (z - (z * (4 * shape + z)).squareRoot()) / (2 * shape)
    return unit() <= mean / (mean + x) ? x : mean * mean / x
  }

  /// Trials up to the first success, at least 1.
  public mutating func geometric(_ probability: Double) -> Int {
    1 + Int(log(unit()) / log1p(-probability))
  }
}

extension SplitMix64 {
  /// Uniform in its logarithm.
  public mutating func uniformLog(_ low: Double, _ high: Double) -> Double {
    exp(uniform(log(low), log(high)))
  }
}
