// SPDX-License-Identifier: Apache-2.0

/// Rules that look at intervals alone, by their described behaviour; times in seconds, rising.
public enum SimpleRules {
  /// flare: the share of intervals, in percent, within 2 s of the commonest; nil below 11 of them.
  public static func flareShare(_ times: [Double]) -> Double? {
    var counts: [Int: Int] = [:]
    for pause in wholePauses(times) where pause >= 2 { counts[pause, default: 0] += 1 }
    let total = counts.values.reduce(0, +)
    guard total > 10, let most = counts.values.max() else { return nil }
    // Of equally common intervals the one that came first.
    guard let mode = wholePauses(times).first(where: { $0 >= 2 && counts[$0] == most }) else {
      return nil
    }
    let best = ((mode - 2)...mode).map { counts[$0, default: 0] + counts[$0 + 1, default: 0] }.max()
    return Double(best ?? 0) / Double(total) * 100
  }

  /// flare flags a share above 5 %.
  public static func flare(_ times: [Double]) -> Bool { (flareShare(times) ?? 0) > 5 }

  /// Azure Sentinel's network beaconing query: within an hour more than 30 pauses above 25 s, more
  /// than 25 of them, and more than 80 %, of one length.
  public static func sentinel(_ times: [Double]) -> Bool {
    var hours: [Int: [Int: Int]] = [:]
    for (start, next) in zip(times, times.dropFirst()) {
      let pause = Int(next) - Int(start)
      guard pause > 25 else { continue }
      hours[Int(start) / 3_600, default: [:]][pause, default: 0] += 1
    }
    return hours.values.contains { counts in
      let total = counts.values.reduce(0, +)
      let most = counts.values.max() ?? 0
      return total > 30 && most > 25 && Double(most) / Double(total) > 0.8
    }
  }

  /// Deviation over mean of the pauses, nil below ten of them; the common rule flags .2 and less.
  public static func variation(_ times: [Double]) -> Double? {
    let pauses = zip(times.dropFirst(), times).map { $0 - $1 }.filter { $0 > 0 }
    guard pauses.count >= 10 else { return nil }
    let mean = pauses.reduce(0, +) / Double(pauses.count)
    let squares = pauses.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(pauses.count)).squareRoot() / mean
  }

  public static func isSteady(_ times: [Double]) -> Bool {
    variation(times).map { $0 <= 0.2 } ?? false
  }

  private static func wholePauses(_ times: [Double]) -> [Int] {
    zip(times, times.dropFirst()).map { Int($1) - Int($0) }
  }
}
