// SPDX-License-Identifier: Apache-2.0

import Findings
import Measurement
import Trace
import Wire

/// The whole pipeline on a recorded trace, read again and again until it is long enough to measure.
///
/// Each repetition begins with an empty pipeline, so the figure includes meeting every process and
/// socket for the first time, which a running sensor does once.
struct SampleMix {
  let path: String

  func measure(events: Int, rounds: Int) throws(TraceError) {
    var rates: [Double] = []
    var perPass: UInt64 = 0
    var passes = 0
    PeakMemory.reset()
    for _ in 0..<rounds {
      var read: UInt64 = 0
      passes = 0
      let elapsed = try Stopwatch.measure { () throws(TraceError) in
        repeat {
          perPass = try replay()
          read += perPass
          passes += 1
        } while read < UInt64(events) && perPass > 0
      }
      rates.append(Double(read) / elapsed.processorSeconds)
    }
    let figures = Figures(rates)
    print(
      "sample's mix".padded(to: 14), "median", (figures.median / 1e6).text(2),
      "M events/s per core (best \((figures.largest / 1e6).text(2))); no target")
    print(
      "".padded(to: 14), "\(perPass) events, read \(passes) times a round, peak memory",
      PeakMemory.mebibytes.text(0), "MiB")
  }

  private func replay() throws(TraceError) -> UInt64 {
    var reader = try TraceReader(path: path)
    var pipeline = DetectionPipeline(header: reader.header)
    var changes = 0
    while let event = try reader.next() {
      pipeline.apply(event)
      changes += pipeline.takeChanges().count
    }
    pipeline.finish()
    changes += pipeline.findings().count
    return reader.counts.events
  }
}
