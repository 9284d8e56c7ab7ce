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
  public private(set) var metrics = FindingMetrics()
  private var clock: WallClock
  private var store: FindingStore
  private var changes: [Finding] = []

  public init(header: StreamHeader, settings: PipelineSettings = PipelineSettings()) {
    self.header = header
    self.settings = settings
    flows = FlowTable(limits: settings.flows)
    watch = Watch(
      behaviours: Behaviours(
        settings: settings.analytics, epochNanoseconds: header.wallEpochNanoseconds),
      baseline: HostBaseline(epochNanoseconds: header.wallEpochNanoseconds))
    clock = WallClock(epochNanoseconds: header.wallEpochNanoseconds)
    store = FindingStore(limit: settings.findingLimit)
  }

  public var behaviours: Behaviours { watch.behaviours }
  public var baseline: HostBaseline { watch.baseline }

  /// Takes one event into account.
  public mutating func apply(_ event: Event) {
    if case .clock(let step) = event {
      clock.record(step)
      watch.baseline.record(step)
    }
    flows.apply(event, observer: &watch)
    countTold()
    react()
  }

  /// The same for a burst that is not wrapped in an event: a source that has one need not copy it.
  public mutating func apply(_ burst: BurstEvent) {
    flows.apply(burst, observer: &watch)
    countTold()
    react()
  }

  @inline(__always)
  private mutating func react() {
    if !watch.behaviours.signals.isEmpty { handleSignals() }
    if flows.now >= store.nextDeadline { closeIdle() }
  }

  /// Brings totals up to date at the end of a stream; findings that are open stay open.
  public mutating func finish() {
    flows.settle()
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
      guard record.isOpen,
        let assessment = behaviours.assessment(of: record.key.analytic, record.key.pair)
      else { return record.finding }
      return builder.build(
        assessment, flows, status: record.finding.status, identity: record.identity)
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
    flows.tables + behaviours.tables + baseline.tables + [
      ("findings", store.count, store.limit, store.evictions)
    ]
  }

  /// Unix nanoseconds of event time, by what the stream says of the wall clock.
  public var wallNanoseconds: Int64 { clock.unixNanoseconds(flows.now) }

  // MARK: The life of findings

  private var builder: FindingBuilder {
    FindingBuilder(
      header: header, clock: clock, includesLoopback: settings.analytics.includeLoopback)
  }

  private mutating func handleSignals() {
    for signal in watch.behaviours.signals {
      let key = FindingStore.Key(analytic: signal.analytic, pair: signal.pair)
      let slot: Int
      if let known = store.slot(of: key) {
        slot = known
        refresh(known, at: signal.time)
      } else if let created = create(key, at: signal.time) {
        slot = created
      } else {
        continue
      }
      let isExplained = store[slot].finding.severity == .explained
      watch.behaviours.count(isExplained ? .explained : .finding, of: signal.analytic)
      if !isExplained {
        metrics.noteSeen(signal.analytic, unixNanoseconds: clock.unixNanoseconds(signal.time))
      }
    }
    watch.behaviours.removeSignals()
  }

  private mutating func create(_ key: FindingStore.Key, at time: KernelInstant) -> Int? {
    guard let assessment = behaviours.assessment(of: key.analytic, key.pair) else { return nil }
    var identity = builder.identity(assessment, flows)
    while store.isTaken(identity.id), identity.canLengthen { identity.lengthen() }
    let finding = builder.build(assessment, flows, status: .create, identity: identity)
    let slot = store.insert(
      FindingStore.Record(
        key: key, identity: identity, finding: finding, isTold: false, isOpen: true,
        lastSignal: time, lastBuilt: time, idleNanoseconds: idle(assessment)))
    tell(slot)
    return slot
  }

  /// Notes that a pair behaved again, and writes an update when the last one is old enough.
  private mutating func refresh(_ slot: Int, at time: KernelInstant) {
    let wasOpen = store[slot].isOpen
    store[slot].lastSignal = max(store[slot].lastSignal, time)
    store[slot].isOpen = true
    store.expect(store[slot].deadline)
    let age = time.nanoseconds(since: store[slot].lastBuilt)
    guard !wasOpen || age >= settings.updateInterval.wholeNanoseconds else { return }
    rebuild(slot, as: .update)
    store[slot].lastBuilt = time
    tell(slot)
  }

  private mutating func closeIdle() {
    for slot in store.due(flows.now) {
      rebuild(slot, as: .close)
      store[slot].isOpen = false
      if store[slot].isTold { changes.append(store[slot].finding) }
    }
  }

  private mutating func rebuild(_ slot: Int, as status: Finding.Status) {
    let key = store[slot].key
    guard let assessment = behaviours.assessment(of: key.analytic, key.pair) else {
      store[slot].finding.status = status
      return
    }
    store[slot].idleNanoseconds = idle(assessment)
    store[slot].finding = builder.build(
      assessment, flows, status: status, identity: store[slot].identity)
  }

  /// Writes the finding as it stands; the first time it is worth telling, as created.
  private mutating func tell(_ slot: Int) {
    let isWorthTelling =
      store[slot].finding.severity != .explained || settings.includeExplained
      || store[slot].isTold
    guard isWorthTelling else { return }
    if !store[slot].isTold {
      store[slot].isTold = true
      store[slot].finding.status = .create
      metrics.noteCreated(store[slot].finding)
    }
    changes.append(store[slot].finding)
  }

  private func idle(_ assessment: Assessment) -> UInt64 {
    let seconds = assessment.idleSeconds
    return UInt64((seconds.isFinite ? min(seconds, 1e9) : 1e9) * 1e9)
  }
}
