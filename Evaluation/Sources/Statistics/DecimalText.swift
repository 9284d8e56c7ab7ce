// SPDX-License-Identifier: Apache-2.0

extension Double {
  /// Decimal, rounded to `places` places; what is not finite as a word.
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

extension Share {
  /// Like `0.995 (0.972-0.999)`.
  public func text(_ places: Int = 3) -> String {
    let interval = interval
    return "\(value.text(places)) "
      + "(\(interval.lowerBound.text(places))-\(interval.upperBound.text(places)))"
  }
}
