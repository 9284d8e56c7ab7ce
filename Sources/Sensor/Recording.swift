// SPDX-License-Identifier: Apache-2.0

public import Probe
internal import Trace
internal import Wire

/// Records the live stream into a trace.
public struct Recording {
  public struct Options: Sendable {
    public var output: String
    public var isJSONLines = false
    /// Hash argument values and addresses, drop names and first bytes.
    public var isRedacted = false
    /// Nil records until a signal comes.
    public var duration: Duration?
    /// The size of the finished file, in bytes.
    public var maximumBytes: UInt64?

    public init(output: String) {
      self.output = output
    }
  }

  /// What a finished recording holds.
  public struct Summary: Sendable {
    public let events: UInt64
    public let lostRecords: UInt64
    public let bytes: UInt64
    /// Records that were neither delivered nor counted as lost; 0 unless the accounting errs.
    public let unaccountedRecords: Int64
    /// Hooks of which the kernel skipped runs, with how many.
    public let skippedRuns: [(hook: String, runs: UInt64)]
  }

  /// Attaches, records until told to stop, and finishes the file.
  ///
  /// `attached` is told the backend once events are being recorded.
  public static func run(
    _ options: Options, probe configuration: ProbeConfiguration, signals: StopSignals,
    attached: (_ backend: Backend, _ found: LiveSource.Found) -> Void
  ) throws(SensorFailure) -> Summary {
    var source = LiveSource(probe: try Probe.attaching(configuration))
    let backend = source.backend
    let redaction = options.isRedacted ? TraceRedaction() : nil
    let header = HostFacts.read().header(backend: backend, configHash: "")
    var writer = try TraceWriter.creating(
      options.output, isJSONLines: options.isJSONLines, maximumBytes: options.maximumBytes,
      header: redaction?.apply(header) ?? header)
    var failure: TraceError?
    func record(_ event: Event) {
      guard failure == nil else { return }
      guard let event = redaction == nil ? event : redaction?.apply(event) else { return }
      do throws(TraceError) { try writer.write(event) } catch { failure = error }
    }
    let found: LiveSource.Found
    do throws(ProbeError) {
      found = try source.tellFound { record($0) }
    } catch {
      throw SensorFailure(error)
    }
    attached(backend, found)
    let start = KernelClock.now()
    let limit = options.duration.map(\.wholeNanoseconds)
    while failure == nil, !writer.isFull, !signals.arrived() {
      let isSecondOver = source.turn { record($0) }
      if isSecondOver { do throws(TraceError) { try writer.flush() } catch { failure = error } }
      if let limit, KernelClock.now().nanoseconds(since: start) >= limit { break }
    }
    let skipped = source.programs().filter { $0.missed > 0 }.map { ($0.name, $0.missed) }
    let unaccounted = source.finish { record($0) }
    do throws(TraceError) {
      if let failure { throw failure }
      try writer.finish()
    } catch {
      throw SensorFailure(error)
    }
    return Summary(
      events: writer.events, lostRecords: writer.lostRecords, bytes: writer.writtenBytes,
      unaccountedRecords: unaccounted, skippedRuns: skipped)
  }
}
