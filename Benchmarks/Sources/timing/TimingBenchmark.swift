// SPDX-License-Identifier: Apache-2.0

import Analytics
import Measurement

/// What one visit costs the timing test, both channels together.
///
/// Measured over batches, so that the clock's own cost does not show.
@main
struct TimingBenchmark {
  /// Issue 2: at most 20 us a visit.
  static let target = Target.atMost(20)

  static let batch = 50
  static let batchesPerPair = 10

  static func main() {
    let isQuick = CommandLine.arguments.dropFirst().contains("--quick")
    let pairs = isQuick ? 10 : 100
    print(Machine())
    print("TimingEvidence: \(MemoryLayout<TimingEvidence>.size) bytes a pair")
    measure("beacon 60 s, 20 % jitter", pairs) { $0.jittered(60, 0.2) }
    measure("beacon 60 s, 50 % jitter", pairs) { $0.jittered(60, 0.5) }
    measure("beacon 60 s, no jitter", pairs) { _ in 60 }
    measure("irregular, 2 to 600 s", pairs) { 2 + 598 * $0.fraction }
    measure("timetable 60 s, 1 s late", pairs) { 59.5 + $0.fraction }
    measure("beacon 60 s, half missing", pairs) { generator in
      var sleep = generator.jittered(60, 0.2)
      while generator.next() & 1 == 0 { sleep += generator.jittered(60, 0.2) }
      return sleep
    }
    measure("requests 0.3 s apart", pairs) { $0.jittered(0.3, 0.2) }
    print("load average at the end: \(Machine().load)")
  }

  private static func measure(
    _ name: String, _ pairs: Int, sleep: (inout SplitMix64) -> Double
  ) {
    var generator = SplitMix64(seed: 7)
    var microseconds: [Double] = []
    var sum = 0.0
    for _ in 0..<pairs {
      var evidence = TimingEvidence()
      var time = 0.0
      for _ in 0..<batchesPerPair {
        let times = (0..<batch).map { _ in
          time += sleep(&generator)
          return time
        }
        let elapsed = Stopwatch.measure {
          for time in times { evidence.record(requestAt: time) }
        }
        microseconds.append(elapsed.processorSeconds * 1e6 / Double(batch))
      }
      sum += evidence.logEvidence
    }
    let figures = Figures(microseconds)
    print(
      name.padded(to: 27), "median", figures.median.text(2), "us, p95",
      figures.quantile(0.95).text(2), "us a visit;",
      target.verdict(on: figures.median, unit: "us"),
      // Nothing may be left out as unused.
      sum.isNaN ? "!" : "")
  }
}

extension SplitMix64 {
  /// Uniform, from 0 to below 1.
  fileprivate var fraction: Double {
    mutating get { Double(next() >> 11) * 0x1p-53 }
  }

  fileprivate mutating func jittered(_ period: Double, _ jitter: Double) -> Double {
    period * (1 - jitter + 2 * jitter * fraction)
  }
}
