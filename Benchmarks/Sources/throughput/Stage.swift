// SPDX-License-Identifier: Apache-2.0

import Findings
import Flows
import Measurement
import Trace
import Wire

/// How much of the data path a run takes part in; each includes the one before.
enum Stage: String, CaseIterable {
  case decode
  case flows = "decode+flows"
  case pipeline

  /// Reads the whole trace once.
  func run(_ path: String) throws(TraceError) -> StageRun {
    switch self {
    case .decode: try Self.decode(path)
    case .flows: try Self.flows(path)
    case .pipeline: try Self.pipeline(path)
    }
  }

  private static func decode(_ path: String) throws(TraceError) -> StageRun {
    var run = StageRun()
    run.elapsed = try Stopwatch.measure { () throws(TraceError) in
      var reader = try TraceReader(path: path)
      try reader.forEach(
        burst: { burst in
          run.latest = max(run.latest, burst.last.nanoseconds)
          run.count()
        },
        other: { event in
          run.latest = max(run.latest, event.time.nanoseconds)
          run.count()
        })
    }
    run.outcome = "last event \(Double(run.latest / 1_000_000) / 1000) s"
    return run
  }

  private static func flows(_ path: String) throws(TraceError) -> StageRun {
    var run = StageRun()
    var table = FlowTable()
    var observer = NoObserver()
    run.elapsed = try Stopwatch.measure { () throws(TraceError) in
      var reader = try TraceReader(path: path)
      try reader.forEach(
        burst: { burst in
          table.apply(burst, observer: &observer)
          run.count()
        },
        other: { event in
          table.apply(event, observer: &observer)
          run.count()
        })
      table.settle()
    }
    run.outcome = table.tables.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    return run
  }

  private static func pipeline(_ path: String) throws(TraceError) -> StageRun {
    var run = StageRun()
    var changes = 0
    var open = 0
    run.elapsed = try Stopwatch.measure { () throws(TraceError) in
      var reader = try TraceReader(path: path)
      var pipeline = DetectionPipeline(header: reader.header)
      try reader.forEach(
        burst: { burst in
          pipeline.apply(burst)
          changes += pipeline.takeChanges().count
          run.count()
        },
        other: { event in
          pipeline.apply(event)
          changes += pipeline.takeChanges().count
          run.count()
        })
      pipeline.finish()
      open = pipeline.findings().count
    }
    run.outcome = "\(changes) finding changes, \(open) findings"
    return run
  }
}

/// One pass over a trace.
struct StageRun {
  var events: UInt64 = 0
  var latest: UInt64 = 0
  var elapsed = Elapsed.none
  /// Peak memory when the tenth of a full run was done; 0 for a short one.
  var earlyPeakMebibytes = 0.0
  /// What the run came to, the same every time.
  var outcome = ""

  mutating func count() {
    events += 1
    // A tenth of the 10 million events that the figures are made with.
    if events == 1_000_000 { earlyPeakMebibytes = PeakMemory.mebibytes }
  }
}
