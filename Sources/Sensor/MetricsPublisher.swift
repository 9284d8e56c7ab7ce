// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Export
internal import Findings
internal import Flows
internal import Glibc
internal import Identity
internal import Probe
internal import Wire

/// Turns what the pipeline and the kernel side counted into a snapshot, once a second.
struct MetricsPublisher {
  private let board: MetricsBoard
  private let textfile: Textfile?
  private let start: Double
  private let buildLabels: (Label.Version, Label.Commit, Label.BPFObject)
  private let backendLabels: (Label.Backend, Label.BackendReason)
  private var builder = MetricSnapshot.Builder()
  private var textfileErrors: UInt64 = 0
  private var lastTextfile: KernelInstant?
  private var trouble: String?

  /// A collector reads the file every 15 s or less often.
  private static let textfileInterval: UInt64 = 10_000_000_000

  init(board: MetricsBoard, textfile: Textfile?, source: borrowing LiveSource) {
    self.board = board
    self.textfile = textfile
    start = Self.unixSeconds()
    let backend = source.backend
    let loaded = source.object.rawValue
    let object = BuiltInObjects.digests().first { $0.object == loaded }?.sha256 ?? ""
    buildLabels = (.init(sensorVersion), .init(BuiltInObjects.commit), .init(object))
    let memory = source.readsKernelMemory ? "" : ", without kernel reads"
    backendLabels = (
      backend == .functions ? .functions : .tracepoints,
      .init((source.attempts.count == 1 ? "first choice" : "others refused") + memory)
    )
  }

  /// What failed since the last call, if anything did.
  mutating func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }

  mutating func publish(
    _ pipeline: borrowing DetectionPipeline, _ source: borrowing LiveSource, sinkErrors: UInt64,
    state: StateKeeper.Status?
  ) {
    setSensor(pipeline, source)
    setKernelSide(source)
    setEvents(pipeline.flows.counters)
    setTables(pipeline)
    setIdentity(source)
    setBytes(pipeline.flows)
    setFindings(pipeline)
    builder.set(Metrics.exportErrorsTotal, "findings", to: sinkErrors)
    setBaseline(pipeline.baseline, state)
    if state != nil { builder.set(Metrics.findingsExpiredTotal, to: pipeline.expiredFindings) }
    if textfile != nil { builder.set(Metrics.exportErrorsTotal, "textfile", to: textfileErrors) }
    let snapshot = builder.build()
    board.publish(snapshot)
    writeTextfile(snapshot)
  }

  private mutating func writeTextfile(_ snapshot: MetricSnapshot) {
    guard let textfile else { return }
    let now = KernelClock.now()
    if let lastTextfile, now.nanoseconds(since: lastTextfile) < Self.textfileInterval { return }
    lastTextfile = now
    do throws(TextfileError) {
      try textfile.write(snapshot)
    } catch {
      textfileErrors += 1
      trouble = error.description
    }
  }

  private static func unixSeconds() -> Double {
    Double(KernelClock.wallEpochNanoseconds()) / 1e9 + KernelClock.now().seconds
  }
}

extension MetricsPublisher {
  private mutating func setSensor(
    _ pipeline: borrowing DetectionPipeline, _ source: borrowing LiveSource
  ) {
    builder.set(
      Metrics.buildInfo, buildLabels.0, buildLabels.1, buildLabels.2, to: true)
    builder.set(Metrics.configInfo, .init(pipeline.header.configHash), to: true)
    builder.set(Metrics.backendInfo, backendLabels.0, backendLabels.1, to: true)
    builder.set(Metrics.startTimeSeconds, to: start)
    builder.set(Metrics.heartbeatTimestampSeconds, to: Self.unixSeconds())
    builder.set(Metrics.sweepSecondsTotal, to: Double(source.sweepNanoseconds) / 1e9)
    builder.set(Metrics.eventDelaySeconds, to: source.delay)
    builder.set(ProcessReading.now())
  }

  private mutating func setKernelSide(_ source: borrowing LiveSource) {
    builder.set(Metrics.ringBufferUsedBytes, to: source.ringUsedBytes)
    builder.set(Metrics.ringBufferSizeBytes, to: source.ringBytes)
    setPackets(source)
    for program in source.programs() {
      let name = Label.Probe(program.name)
      builder.set(Metrics.probeAttached, name, to: program.isAttached)
      builder.set(Metrics.probeMissedTotal, name, to: program.missed)
      // The kernel counts runs and their time only while BPF statistics are enabled.
      guard program.runs > 0 else { continue }
      builder.set(Metrics.probeRunsTotal, name, to: program.runs)
      builder.set(
        Metrics.probeRunTimeSecondsTotal, name, to: Double(program.runNanoseconds) / 1e9)
    }
  }

  private mutating func setPackets(_ source: borrowing LiveSource) {
    builder.set(Metrics.lateAdoptionsTotal, to: source.counters.adoptedInUse)
    builder.set(Metrics.untrackedSocketsTotal, to: source.counters.storageFailed)
    for state in source.features {
      guard let feature = Label.Feature(rawValue: state.feature.rawValue),
        let reason = Label.FeatureReason(rawValue: state.reason.rawValue)
      else { continue }
      builder.set(Metrics.featureEnabled, feature, reason, to: state.isEnabled)
    }
    guard let packets = source.packetCounters else { return }
    builder.set(Metrics.egressUnanalysedBytesTotal, .udp, to: packets.udpBytes)
    builder.set(Metrics.egressUnanalysedBytesTotal, .quic, to: packets.quicBytes)
    builder.set(Metrics.egressUnanalysedBytesTotal, .sctp, to: packets.sctpBytes)
    builder.set(Metrics.egressUnanalysedBytesTotal, .other, to: packets.otherBytes)
    builder.set(Metrics.dnsAnswersCappedTotal, to: packets.answersCapped)
    builder.set(Metrics.resetsCappedTotal, to: packets.resetsCapped)
  }

  private mutating func setEvents(_ counters: FlowCounters) {
    for event in Label.Event.allCases {
      guard let kind = EventKind(rawValue: event.rawValue) else { continue }
      builder.set(Metrics.eventsTotal, event, to: counters.events(kind))
    }
    builder.set(Metrics.eventsLostTotal, .ring, to: counters.lost(.ring))
    builder.set(Metrics.eventsLostTotal, .decode, to: counters.lost(.decode))
  }

  private mutating func setTables(_ pipeline: borrowing DetectionPipeline) {
    for table in pipeline.tables {
      let name = Label.Table(table.name)
      builder.set(Metrics.stateLimit, name, to: UInt64(clamping: table.limit))
      builder.set(Metrics.stateEvictionsTotal, name, to: table.evictions)
      if table.name == "sockets" {
        builder.set(Metrics.socketsTracked, to: UInt64(clamping: table.count))
      }
    }
    for analytic in Analytic.allCases {
      builder.set(
        Metrics.pairsTracked, .init(analytic.slug),
        to: UInt64(clamping: pipeline.behaviours.pairCount(analytic)))
    }
  }

  /// The tables of the lookup are the source's, not the pipeline's: a replay has none.
  private mutating func setIdentity(_ source: borrowing LiveSource) {
    let rows = [
      ("identity_queue", IdentityService.queueLimit, source.identity.droppedQuestions),
      ("identity_images", IdentityRequests.imageLimit, source.requests.evictions),
      // Its limits are bytes, not entries.
      ("identity_files", nil, source.identity.refusedFiles),
    ]
    for (name, limit, lost) in rows {
      if let limit { builder.set(Metrics.stateLimit, Label.Table(name), to: UInt64(limit)) }
      builder.set(Metrics.stateEvictionsTotal, Label.Table(name), to: lost)
    }
  }

  private mutating func setBaseline(
    _ baseline: borrowing HostBaseline, _ state: StateKeeper.Status?
  ) {
    let isLearning = baseline.isLearning
    builder.set(Metrics.baselineLearning, to: isLearning)
    for analytic in Analytic.allCases {
      builder.set(Metrics.baselineReady, .init(analytic.slug), to: !isLearning)
    }
    builder.set(Metrics.baselineExecutables, to: UInt64(clamping: baseline.subjectCount))
    if let age = baseline.ageSeconds { builder.set(Metrics.baselineAgeSeconds, to: Double(age)) }
    guard let state else { return }
    builder.set(Metrics.exportErrorsTotal, "state", to: state.errors)
    builder.set(Metrics.stateSavesSkippedTotal, to: state.skipped)
    builder.set(Metrics.stateRowsRedatedTotal, to: baseline.redatedRows)
    if let saved = state.savedAt {
      builder.set(Metrics.stateSaveTimestampSeconds, to: Double(saved) / 1e9)
    }
  }

  private mutating func setBytes(_ flows: borrowing FlowTable) {
    let counters = flows.counters
    for direction in Direction.allCases {
      let word: Label.Direction = direction == .sent ? .sent : .received
      for attribution in FlowCounters.Attribution.allCases {
        guard let result = Label.Attribution(rawValue: attribution.rawValue) else { continue }
        builder.set(
          Metrics.attributedBytesTotal, word, result,
          to: counters.attributedBytes(direction, attribution))
      }
      builder.set(
        Metrics.unattributedBytesTotal, word, to: counters.unattributedBytes(direction))
      for scope in DestinationScope.allCases {
        guard let label = Label.Scope(rawValue: scope.rawValue) else { continue }
        builder.set(
          Metrics.transferredBytesTotal, word, label,
          to: counters.transferredBytes(direction, scope))
      }
    }
    for mismatch in FlowCounters.Mismatch.allCases {
      guard let reason = Label.Mismatch(rawValue: mismatch.rawValue) else { continue }
      builder.set(
        Metrics.accountingMismatchSocketsTotal, reason, to: counters.mismatchedSockets(mismatch))
    }
    for role in Label.Role.allCases {
      let known: Socket.Role = role == .outbound ? .outbound : .inbound
      builder.set(Metrics.connectionsTotal, role, to: counters.connections(known))
      for failure in Label.Failure.allCases {
        guard let reason = CloseReason(rawValue: failure.rawValue) else { continue }
        builder.set(
          Metrics.connectionFailuresTotal, role, failure, to: counters.failures(known, reason))
      }
    }
    setProcesses(flows)
  }

  private mutating func setProcesses(_ flows: borrowing FlowTable) {
    for (process, rows) in Self.byLabel(flows.transfers.rows) {
      for direction in Direction.allCases {
        for scope in DestinationScope.allCases {
          let bytes = rows.reduce(0) { $0 &+ $1.bytes(direction, scope) }
          guard bytes > 0, let label = Label.Scope(rawValue: scope.rawValue) else { continue }
          builder.set(
            Metrics.processTransferredBytesTotal, process,
            direction == .sent ? .sent : .received, label, to: bytes)
        }
      }
    }
  }

  /// Names that are shown alike, cut or with characters replaced, are one series.
  static func byLabel(
    _ rows: [ProcessTransfers.Row]
  ) -> [Label.Process: [ProcessTransfers.Row]] {
    Dictionary(grouping: rows) { row in
      row.name.map { Label.Process(executablePath: Array($0.utf8)) } ?? .other
    }
  }

  private mutating func setFindings(_ pipeline: borrowing DetectionPipeline) {
    let metrics = pipeline.metrics
    for analytic in Analytic.allCases {
      let slug = Label.Analytic(analytic.slug)
      for verdict in Verdict.allCases {
        guard let label = Label.Verdict(rawValue: verdict.rawValue) else { continue }
        builder.set(
          Metrics.analyticEvaluationsTotal, slug, label,
          to: pipeline.behaviours.evaluations(analytic, verdict))
      }
      for severity in Label.Severity.allCases {
        guard let level = Severity(rawValue: severity.rawValue) else { continue }
        builder.set(
          Metrics.findingsTotal, slug, severity, to: metrics.reached(analytic, level))
        builder.set(
          Metrics.findingsOpen, slug, severity,
          to: UInt64(clamping: pipeline.openCount(analytic, level)))
      }
      if let seen = metrics.lastSeenUnixNanoseconds(analytic) {
        builder.set(Metrics.findingLastSeenTimestampSeconds, slug, to: Double(seen) / 1e9)
      }
    }
    let suppressions = pipeline.settings.suppressions.count(
      at: pipeline.wallNanoseconds / 1_000_000_000)
    builder.set(Metrics.suppressions, .active, to: UInt64(suppressions.active))
    builder.set(Metrics.suppressions, .expiring, to: UInt64(suppressions.expiring))
    builder.set(Metrics.suppressionHitsTotal, to: pipeline.suppressionHits.total)
    builder.set(
      Metrics.visitsToFinding,
      to: Histogram(
        bounds: .visitsToFinding, counts: metrics.visitCounts, sum: Double(metrics.visitSum)))
  }
}
