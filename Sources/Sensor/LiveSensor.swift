// SPDX-License-Identifier: Apache-2.0

internal import Export
public import Findings
internal import Flows
public import Probe
internal import Trace
internal import Wire

/// The sensor: the live stream through the pipeline, with findings and metrics out of it.
public struct LiveSensor {
  public struct Options: Sendable {
    public var configuration = SensorConfiguration()
    public var probe = ProbeConfiguration()
    /// Where metrics are served; nil serves none.
    public var listen: String? = defaultListenAddress
    public var allowsNonLoopback = false
    /// The directory that `halfwire.prom` is written to.
    public var textfileDirectory: String?
    /// The file that findings are written to, one JSON object a line; `-` is standard output.
    public var findings: String?
    /// A trace of the stream, written while it is analysed.
    public var record: String?
    /// The directory that what is learned is kept in; nil keeps nothing.
    public var state: String?
    /// How often that is saved.
    public var saveInterval = Duration.seconds(60)
    /// Nil runs until a signal comes.
    public var duration: Duration?

    public init() {}
  }

  /// What the caller is told while the sensor runs.
  public enum Notice: Sendable {
    case attached(backend: Backend, address: String?)
    /// The sockets and processes from before are told.
    case found(LiveSource.Found)
    /// A finding was created, updated or closed.
    case finding(Finding)
    /// Something went wrong that does not end the sensor.
    case trouble(String)
  }

  /// How the stream ended.
  public struct Summary: Sendable {
    /// As they stood at the end, worst first, the explained ones too.
    public let findings: [Finding]
    public let events: UInt64
    public let lostRecords: UInt64
    /// Records that were neither delivered nor counted as lost; 0 unless the accounting errs.
    public let unaccountedRecords: Int64
  }

  private let options: Options
  private let board = MetricsBoard()

  public init(_ options: Options) {
    self.options = options
  }

  /// Attaches and runs until told to stop.
  public func run(
    signals: StopSignals, notify: (Notice) -> Void
  ) throws(SensorFailure) -> Summary {
    // Before anything is attached: without its state the sensor does not start.
    var keeper: StateKeeper? =
      if let path = options.state {
        try StateKeeper(path, countsHits: true, every: options.saveInterval)
      } else {
        nil
      }
    let server = try startServer()
    defer { server?.stop() }
    let textfile = try openTextfile()
    let sink: FindingSink? = if let path = options.findings { try FindingSink(path) } else { nil }
    var source = LiveSource(
      probe: try Probe.attaching(options.probe, excluding: server?.address.endpoint))
    let header = HostFacts.read().header(
      backend: source.backend, configHash: options.configuration.hash)
    var pipeline = DetectionPipeline(header: header, settings: options.configuration.pipeline)
    keeper?.restore(&pipeline)
    var stage = try Stage(pipeline: pipeline, recordingTo: options.record, header: header)
    if options.state == nil {
      notify(.trouble("nothing that is learned outlives this run: no --state"))
    }
    var publisher = MetricsPublisher(board: board, textfile: textfile, source: source)
    func tell(_ stage: inout Stage) {
      for finding in stage.pipeline.takeChanges() {
        sink?.write(finding)
        notify(.finding(finding))
      }
      if let trouble = stage.takeTrouble() { notify(.trouble(trouble)) }
    }
    let found: LiveSource.Found
    do throws(ProbeError) {
      found = try source.tellFound { stage.take($0) }
    } catch {
      throw SensorFailure(error)
    }
    publisher.publish(stage.pipeline, source, sinkErrors: 0, state: nil)
    board.setAttached(true)
    notify(.found(found))
    notify(.attached(backend: source.backend, address: server?.address.description))
    let start = KernelClock.now()
    let limit = options.duration.map(\.wholeNanoseconds)
    while !signals.arrived() {
      let isSecondOver = source.turn { stage.take($0) }
      tell(&stage)
      board.beat()
      if isSecondOver {
        stage.flush()
        keeper?.saveIfDue(&stage.pipeline)
        publisher.publish(
          stage.pipeline, source, sinkErrors: sink?.errors ?? 0, state: keeper?.status)
        for trouble in keeper?.takeTroubles() ?? [] { notify(.trouble(trouble)) }
        if let trouble = publisher.takeTrouble() { notify(.trouble(trouble)) }
        if let trouble = source.takeTrouble() { notify(.trouble(trouble)) }
      }
      if let limit, KernelClock.now().nanoseconds(since: start) >= limit { break }
    }
    board.setAttached(false)
    let unaccounted = source.finish { stage.take($0) }
    stage.finish()
    tell(&stage)
    keeper?.finish(&stage.pipeline)
    for trouble in keeper?.takeTroubles() ?? [] { notify(.trouble(trouble)) }
    publisher.publish(
      stage.pipeline, source, sinkErrors: sink?.errors ?? 0, state: keeper?.status)
    return Summary(
      findings: stage.pipeline.findings(), events: stage.pipeline.flows.counters.events,
      lostRecords: stage.pipeline.flows.counters.lost, unaccountedRecords: unaccounted)
  }

  private func startServer() throws(SensorFailure) -> MetricsServer? {
    guard let listen = options.listen else { return nil }
    do throws(MetricsServerError) {
      return try MetricsServer(
        listeningOn: try ListenAddress(text: listen),
        allowNonLoopback: options.allowsNonLoopback, serving: board)
    } catch {
      throw SensorFailure(error)
    }
  }

  private func openTextfile() throws(SensorFailure) -> Textfile? {
    guard let directory = options.textfileDirectory else { return nil }
    let textfile = Textfile(directory: directory)
    var empty = MetricSnapshot.Builder()
    do throws(TextfileError) {
      try textfile.write(empty.build())
    } catch {
      throw SensorFailure(.inputOutput, error.description)
    }
    return textfile
  }
}
