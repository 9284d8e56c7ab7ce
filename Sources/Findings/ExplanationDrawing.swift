// SPDX-License-Identifier: Apache-2.0

/// Moments and the pauses between them, drawn in plain characters.
struct ExplanationDrawing {
  private(set) var timeline: [String] = []
  /// Empty where there are too few pauses to sort.
  private(set) var histogram: [String] = []

  /// Bars of the histogram at most.
  private static let binLimit = 8
  private static let barWidth = 40

  /// Draws moments in ascending order; nil for fewer than two.
  init?(milliseconds times: [Int64], width: Int) {
    guard let first = times.first, let last = times.last, times.count > 1, last > first,
      last - first < 100 * 366 * 86_400_000
    else { return nil }
    timeline = Self.timeline(times, first, last, width)
    let pauses = zip(times.dropFirst(), times).map { Double($0 - $1) / 1_000 }
    if pauses.count >= 3 { histogram = Self.histogram(pauses, width) }
  }

  /// A line of time with a mark for each moment, a number where several fall together.
  private static func timeline(
    _ times: [Int64], _ first: Int64, _ last: Int64, _ width: Int
  ) -> [String] {
    let columns = max(20, width - 6)
    var counts = [Int](repeating: 0, count: columns)
    for time in times {
      let column = Int(Double(time - first) / Double(last - first) * Double(columns - 1))
      counts[min(max(column, 0), columns - 1)] += 1
    }
    let marks = counts.map { count in
      switch count {
      case 0: "-"
      case 1: "*"
      case 2...9: "\(count)"
      default: "#"
      }
    }
    // Whole seconds: a column is wider than what is cut off.
    let second = { WallClock.text(unixNanoseconds: $0 * 1_000_000).prefix(19) + "Z" }
    let span = NumberText.seconds(Double(last - first) / 1_000)
    return ["  |\(marks.joined())|", "  from \(second(first))", "  to   \(second(last)), \(span)"]
  }

  private static func histogram(_ pauses: [Double], _ width: Int) -> [String] {
    guard let low = pauses.min(), let high = pauses.max() else { return [] }
    let step = niceStep((high - low) / Double(binLimit - 1))
    let start = (low / step).rounded(.down) * step
    let bins = Int(((high - start) / step).rounded(.down)) + 1
    guard bins <= 2 * binLimit else { return [] }
    var counts = [Int](repeating: 0, count: bins)
    for pause in pauses {
      counts[min(max(Int((pause - start) / step), 0), bins - 1)] += 1
    }
    let labels = counts.indices.map { index in
      let from = start + Double(index) * step
      return "\(label(from, step)) to \(label(from + step, step)) s"
    }
    let labelWidth = labels.map(\.count).max() ?? 0
    let most = counts.max() ?? 1
    let room = max(5, min(barWidth, width - labelWidth - 10))
    return zip(labels, counts).map { text, count in
      let bar = String(repeating: "#", count: count == 0 ? 0 : max(1, count * room / most))
      let padding = String(repeating: " ", count: labelWidth - text.count)
      return "  \(padding)\(text) |\(bar)\(bar.isEmpty ? "" : " ")\(count)"
    }
  }

  /// 1, 2 or 5 times a power of ten, at least a millisecond.
  private static func niceStep(_ rough: Double) -> Double {
    var scale = 0.001
    while scale * 10 <= rough { scale *= 10 }
    for factor in [1.0, 2, 5, 10] where factor * scale >= rough { return factor * scale }
    return 10 * scale
  }

  private static func label(_ seconds: Double, _ step: Double) -> String {
    NumberText.fixed(seconds, places: step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3)
  }
}
