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
  public static func run(
    _ path: String, configuration: SensorConfiguration, isLenient: Bool
  ) throws(SensorFailure) -> Result {
    do throws(TraceError) {
      var reader = try TraceReader(path: path, lenient: isLenient)
      var header = reader.header
      var warnings: [String] = []
      if !header.configHash.isEmpty, header.configHash != configuration.hash {
        warnings.append(
          "\(reader.name): recorded with configuration \(header.configHash), replayed with "
            + "\(configuration.hash): findings can differ from the live ones")
      }
      header.configHash = configuration.hash
      var pipeline = DetectionPipeline(header: header, settings: configuration.pipeline)
      try reader.forEach(
        burst: { burst in
          pipeline.apply(burst)
          _ = pipeline.takeChanges()
        },
        other: { event in
          pipeline.apply(event)
          _ = pipeline.takeChanges()
        })
      pipeline.finish()
      warnings += reader.warnings.map(\.description)
      let counts = reader.counts
      let first = counts.firstTime ?? .zero
      return Result(
        findings: pipeline.findings(), events: counts.events, lostRecords: counts.lostRecords,
        hostNanoseconds: (counts.lastTime ?? .zero).nanoseconds(since: first),
        warnings: warnings)
    } catch {
      throw SensorFailure(error)
    }
  }
}
