// SPDX-License-Identifier: Apache-2.0

public import Findings
internal import Trace
internal import Wire

/// Runs recorded traces through the pipeline that the live stream takes.
public struct Replay {
  /// What a replay of one trace gave.
  public struct Result: Sendable {
    /// As they stood at the end, worst first, the explained ones too.
    public let findings: [Finding]
    public let events: UInt64
    public let lostRecords: UInt64
    /// From the first event to the last.
    public let hostNanoseconds: UInt64
    /// What the reader passed over or missed, and what makes the result differ from the live one.
    public let warnings: [String]
  }

  /// Replays one trace; `-` is standard input.
  ///
  /// With a `state` directory it goes on from there and leaves there what it learned, as a live
  /// sensor does: one trace after the other is one host over its restarts. `baseline` is another
  /// trace, of `baseline` lines alone: what the host knew before.
  public static func run(
    _ path: String, configuration: SensorConfiguration, isLenient: Bool, state: String? = nil,
    baseline: String? = nil
  ) throws(SensorFailure) -> Result {
    var reader = try open(path, isLenient)
    var header = reader.header
    var warnings: [String] = []
    if !header.configHash.isEmpty, header.configHash != configuration.hash {
      warnings.append(
        "\(reader.name): recorded with configuration \(header.configHash), replayed with "
          + "\(configuration.hash): findings can differ from the live ones")
    }
    header.configHash = configuration.hash
    var pipeline = DetectionPipeline(header: header, settings: configuration.pipeline)
    var keeper: StateKeeper? = if let state { try StateKeeper(state) } else { nil }
    keeper?.restore(&pipeline)
    if let baseline { for event in try known(baseline) { pipeline.apply(event) } }
    do throws(TraceError) {
      try reader.forEach(
        burst: { burst in
          pipeline.apply(burst)
          _ = pipeline.takeChanges()
          if state != nil { _ = pipeline.takeTold() }
        },
        other: { event in
          pipeline.apply(event)
          _ = pipeline.takeChanges()
          if state != nil { _ = pipeline.takeTold() }
        })
    } catch {
      throw SensorFailure(error)
    }
    pipeline.finish()
    keeper?.finish(&pipeline)
    warnings += keeper?.takeTroubles() ?? []
    warnings += reader.warnings.map(\.description)
    let counts = reader.counts
    let first = counts.firstTime ?? .zero
    return Result(
      findings: pipeline.findings(), events: counts.events, lostRecords: counts.lostRecords,
      hostNanoseconds: (counts.lastTime ?? .zero).nanoseconds(since: first),
      warnings: warnings)
  }

  private static func open(_ path: String, _ isLenient: Bool) throws(SensorFailure) -> TraceReader {
    do throws(TraceError) {
      return try TraceReader(path: path, lenient: isLenient)
    } catch {
      throw SensorFailure(error)
    }
  }

  private static func known(_ path: String) throws(SensorFailure) -> [Event] {
    var known: [Event] = []
    var reader = try open(path, false)
    do throws(TraceError) {
      while let event = try reader.next() { known.append(event) }
    } catch {
      throw SensorFailure(error)
    }
    let isBaseline = known.allSatisfy { event in
      if case .baseline = event { true } else { false }
    }
    guard isBaseline else {
      throw SensorFailure(.malformedTrace, "\(path): holds more than baseline lines")
    }
    return known
  }
}
