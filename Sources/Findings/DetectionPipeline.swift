// SPDX-License-Identifier: Apache-2.0

public import Analytics
public import Baseline
public import Flows
public import Wire

/// Events in, findings out: flow tables, analytics and the life of findings, for one stream.
///
/// Time comes from the events alone, so a recording gives the findings that its host's sensor
/// gave. One thread owns it.
public struct DetectionPipeline: Sendable {
  public let settings: PipelineSettings
  public let header: StreamHeader
  public internal(set) var flows: FlowTable
  var watch: Watch
  public internal(set) var metrics = FindingMetrics()
  /// How often each suppression held a finding back.
  public internal(set) var suppressionHits = SuppressionHits()
  var clock: WallClock
  var store: FindingStore
  var archive: FindingArchive
  /// Unix nanoseconds of boot time 0, as the archive's findings of this run are dated.
  var archiveEpoch: Int64
  var quiet: QuietPairs
  var changes: [Finding] = []
  /// Event time of the last save.
  var savedAt = KernelInstant.zero

  public init(header: StreamHeader, settings: PipelineSettings = PipelineSettings()) {
    self.header = header
    self.settings = settings
    flows = FlowTable(limits: settings.flows)
    watch = Watch(
      behaviours: Behaviours(
        settings: settings.analytics, epochNanoseconds: header.wallEpochNanoseconds),
      reactions: Reactions(epochNanoseconds: header.wallEpochNanoseconds),
      baseline: HostBaseline(epochNanoseconds: header.wallEpochNanoseconds))
    watch.epochNanoseconds = header.wallEpochNanoseconds
    clock = WallClock(epochNanoseconds: header.wallEpochNanoseconds)
    store = FindingStore(limit: settings.findingLimit)
    archive = FindingArchive(settings.retention)
    archiveEpoch = watch.epochNanoseconds
    quiet = QuietPairs(limit: settings.findingLimit)
  }

  public var behaviours: Behaviours { watch.behaviours }
  public var baseline: HostBaseline { watch.baseline }

  /// Takes one event into account.
  public mutating func apply(_ event: Event) {
    if watch.startedAt == nil { watch.begin(with: event) }
    if case .clock(let step) = event {
      clock.record(step)
      watch.record(step)
    }
    flows.apply(event, observer: &watch)
    countTold()
    // Told in front of another event: the live sensor judges after that one only.
    if case .baseline = event { return }
    react()
  }

  /// The same for a burst that is not wrapped in an event: a source that has one need not copy it.
  public mutating func apply(_ burst: BurstEvent) {
    if watch.startedAt == nil { watch.begin(with: .burst(burst)) }
    flows.apply(burst, observer: &watch)
    countTold()
    react()
  }

  @inline(__always)
  private mutating func react() {
    if watch.baseline.isClockDoubted { watch.baseline.settle(at: flows.now) }
    watch.follow()
    if !watch.behaviours.signals.isEmpty { handleSignals() }
    if !watch.reactions.news.isEmpty { handleNews() }
    if flows.now >= store.nextDeadline { closeIdle() }
  }

  /// Brings totals and severities up to date at the end of a stream; what is open stays open.
  public mutating func finish() {
    flows.settle()
    reviewOpen()
  }

  /// Findings created, updated or closed since the last call, in order.
  public mutating func takeChanges() -> [Finding] {
    guard !changes.isEmpty else { return [] }
    defer { changes.removeAll(keepingCapacity: true) }
    return changes
  }

  /// Every finding as it stands now, the explained ones too: worst first, then by score.
  public func findings() -> [Finding] {
    let builder = builder
    let current = store.used.map { slot in
      let record = store[slot]
      guard record.isOpen, let assessment = assessment(of: record.key),
        var finding = builder.build(
          assessment, flows, watch, status: record.finding.status, identity: record.identity)
      else { return record.finding }
      suppress(&finding)
      return finding
    }
    return current.sorted { left, right in
      if left.severity != right.severity { return left.severity > right.severity }
      if left.score != right.score { return left.score > right.score }
      return (left.firstSeen, left.id) < (right.firstSeen, right.id)
    }
  }

  /// Findings that are open now.
  public func openCount(_ analytic: Analytic, _ severity: Severity) -> Int {
    store.used.count {
      store[$0].isOpen && store[$0].key.analytic == analytic
        && store[$0].finding.severity == severity
    }
  }

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    flows.tables + behaviours.tables + watch.reactions.tables + [
      baseline.total,
      ("findings", store.count, store.limit, store.evictions),
      ("quiet_pairs", quiet.count, quiet.limit, quiet.evictions),
      ("pair_memory", watch.memory.rows, watch.memory.rowLimit, watch.memory.evictions),
    ]
  }

  /// Unix nanoseconds of event time, by what the stream says of the wall clock.
  public var wallNanoseconds: Int64 { clock.unixNanoseconds(flows.now) }
}
