// SPDX-License-Identifier: Apache-2.0

import Glibc
import Measurement
import Trace
import Wire

/// Events per second through a native trace's decoder, the flow tables and the whole pipeline.
@main
struct ThroughputBenchmark {
  /// Issue 2: decode and flows at 2 million events a second on one core, or better.
  static let target = Target.atLeast(2_000_000)

  static func main() {
    do {
      try run(Arguments(CommandLine.arguments.dropFirst()))
    } catch let problem as UsageProblem {
      fail(problem.description, 64)
    } catch {
      fail("\(error)", 1)
    }
  }

  private static func fail(_ text: String, _ status: Int32) -> Never {
    print("throughput: \(text)")
    exit(status)
  }

  private static func run(_ arguments: Arguments) throws {
    print(Machine())
    let path = arguments.tracePath
    defer { if !arguments.keepsTrace { _ = unsafe unlink(path) } }
    let written = try write(arguments.events, to: path)
    print(
      "trace: \(written.events) events, \((written.burstShare * 100).text(1)) % bursts,",
      "\((Double(written.bytes) / 1e6).text(0)) MB,",
      "written in \(written.elapsed.processorSeconds.text(1)) s")
    let requests = try RequestCount.measure(path)
    print(
      "requests told to the analytics: \((requests * 1000).text(1)) of 1000 events")
    for stage in arguments.stages {
      try measure(stage, path, rounds: arguments.rounds)
    }
    if let sample = arguments.sample {
      try SampleMix(path: sample).measure(events: arguments.events / 5, rounds: arguments.rounds)
    }
    print("load average at the end: \(Machine().load)")
  }

  private static func measure(_ stage: Stage, _ path: String, rounds: Int) throws(TraceError) {
    PeakMemory.reset()
    var runs: [StageRun] = []
    for _ in 0..<rounds { runs.append(try stage.run(path)) }
    let rates = Figures(runs.map { Double($0.events) / $0.elapsed.processorSeconds })
    let wall = Figures(runs.map { Double($0.events) / $0.elapsed.wallSeconds })
    print(
      stage.rawValue.padded(to: 14), "median", (rates.median / 1e6).text(2),
      "M events/s per core (best \((rates.largest / 1e6).text(2)),",
      "by the wall \((wall.median / 1e6).text(2)));",
      stage == .flows ? target.verdict(on: rates.median, unit: "M", scale: 1e6) : "no target")
    let early = Figures(runs.map(\.earlyPeakMebibytes)).median
    print(
      "".padded(to: 14), "peak memory", early.text(0), "MiB after a tenth of the events,",
      PeakMemory.mebibytes.text(0), "MiB at the end;", runs.first?.outcome ?? "")
  }

  private struct Written {
    var events: UInt64
    var burstShare: Double
    var bytes: UInt64
    var elapsed: Elapsed
  }

  private static func write(_ count: Int, to path: String) throws(TraceError) -> Written {
    var stream = HostStream()
    var writer = try TraceWriter(path: path, format: .native, header: stream.header)
    var bursts = 0
    let elapsed = try Stopwatch.measure { () throws(TraceError) in
      try stream.run(count: count) { event throws(TraceError) in
        if case .burst = event { bursts += 1 }
        try writer.write(event)
      }
      try writer.finish()
    }
    return Written(
      events: writer.events, burstShare: Double(bursts) / Double(max(writer.events, 1)),
      bytes: writer.writtenBytes, elapsed: elapsed)
  }
}
