// SPDX-License-Identifier: Apache-2.0

/// Numbers as text, the same on every machine.
///
/// Results of exp and log differ in their last bits between C libraries; a fixed number of
/// decimals keeps them out of the output.
enum NumberText {
  /// At most `places` decimals, without trailing zeros; nil for what is no number.
  static func rounded(_ value: Double, places: Int) -> String? {
    guard value.isFinite else { return nil }
    guard abs(value) < 1e12 else { return "\(value)" }
    var text = fixed(value, places: places)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text == "-0" ? "0" : text
  }

  /// Exactly `places` decimals, at most nine; `value` must be finite and below 1e15 / 10^places.
  static func fixed(_ value: Double, places: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<min(max(places, 0), 9) { scale *= 10 }
    guard let scaled = Int64(exactly: (value * Double(scale)).rounded()) else { return "\(value)" }
    let sign = scaled < 0 ? "-" : ""
    let magnitude = scaled.magnitude
    guard places > 0 else { return "\(sign)\(magnitude)" }
    let fraction = String(magnitude % UInt64(scale))
    let padding = String(repeating: "0", count: max(0, places - fraction.count))
    return "\(sign)\(magnitude / UInt64(scale)).\(padding)\(fraction)"
  }

  /// `517 B`, `4.1 MB`: powers of 1,000.
  static func bytes(_ count: UInt64) -> String {
    guard count >= 1_000 else { return "\(count) B" }
    var value = Double(count)
    for unit in ["kB", "MB", "GB", "TB", "PB"] {
      value /= 1_000
      if value < 999.95 || unit == "PB" { return fixed(value, places: 1) + " " + unit }
    }
    return "\(count) B"
  }

  /// `60.2 s`, `5 min`, `4 h`: as short as it stays exact to about a percent.
  static func seconds(_ value: Double) -> String {
    if value < 100 { return (rounded(value, places: 1) ?? "?") + " s" }
    if value < 5_400 { return (rounded(value / 60, places: 1) ?? "?") + " min" }
    return (rounded(value / 3_600, places: 1) ?? "?") + " h"
  }

  static func percent(_ ratio: Double) -> String {
    (rounded(ratio * 100, places: 0) ?? "?") + " %"
  }
}
