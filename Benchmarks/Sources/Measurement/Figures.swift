// SPDX-License-Identifier: Apache-2.0

/// Repeated measurements of one figure.
public struct Figures {
  /// In rising order.
  private var sorted: [Double]

  /// At least one value is expected; without any, every answer is 0.
  public init(_ values: [Double]) {
    sorted = values.sorted()
  }

  public var median: Double { quantile(0.5) }
  public var smallest: Double { sorted.first ?? 0 }
  public var largest: Double { sorted.last ?? 0 }

  /// The value below which a share of all lies, `share` from 0 to 1.
  public func quantile(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
  }
}

/// What issue and design ask of a figure; a benchmark says whether it was met and never fails.
public enum Target: Sendable {
  case atLeast(Double)
  case atMost(Double)

  public func isMet(by value: Double) -> Bool {
    switch self {
    case .atLeast(let bound): value >= bound
    case .atMost(let bound): value <= bound
    }
  }

  /// Like "target >= 2.00 M: met".
  public func verdict(on value: Double, unit: String, scale: Double = 1) -> String {
    let sign: String
    let bound: Double
    switch self {
    case .atLeast(let least): (sign, bound) = (">=", least)
    case .atMost(let most): (sign, bound) = ("<=", most)
    }
    let outcome = isMet(by: value) ? "met" : "NOT met"
    return "target \(sign) \((bound / scale).text(2)) \(unit): \(outcome)"
  }
}

extension Double {
  /// Decimal, rounded to `places` places.
  public func text(_ places: Int) -> String {
    guard isFinite, abs(self) < 1e15 else { return "\(self)" }
    let factor = (0..<places).reduce(1) { power, _ in power * 10 }
    let scaled = Int((abs(self) * Double(factor)).rounded())
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % factor)
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(sign)\(scaled / factor).\(zeros)\(fraction)"
  }
}

extension String {
  /// Filled up with spaces, on the right.
  public func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 0))
  }
}
