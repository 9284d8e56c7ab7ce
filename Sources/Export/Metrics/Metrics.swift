// SPDX-License-Identifier: Apache-2.0

/// The catalogue: every family there is, its name, type, help and labels said once.
///
/// A family that nobody gives a value is absent from the output. docs/metrics.md has the same list
/// for operators; a test holds the two together.
public enum Metrics {
  /// Every name begins with it but those of the `process_*` convention.
  public static let prefix = "halfwire_"
}

// The sensor itself.
extension Metrics {
  public static let buildInfo = MetricFamily<Bool, Label.Version, Label.Commit, Label.BPFObject>(
    "build_info", .gauge, help: "Always 1; the labels say which build runs.")
  public static let configInfo = MetricFamily<Bool, Label.ConfigHash>(
    "config_info", .gauge, help: "Always 1; the label is the hash of the configuration in force.")
  public static let backendInfo = MetricFamily<Bool, Label.Backend, Label.BackendReason>(
    "backend_info", .gauge, zeros: .onlyGiven,
    help: "Always 1; which kernel programs were loaded and why those.")
  public static let startTimeSeconds = MetricFamily<Double>(
    "start_time_seconds", .gauge, help: "Unix time at which the sensor began to watch.")
  public static let heartbeatTimestampSeconds = MetricFamily<Double>(
    "heartbeat_timestamp_seconds", .gauge,
    help: "Unix time at which the pipeline last completed a round.")
  public static let sweepSecondsTotal = MetricFamily<Double>(
    "sweep_seconds_total", .counter, help: "Time spent sweeping idle sockets in the kernel.")
  public static let eventDelaySeconds = MetricFamily<Histogram>(
    "event_delay_seconds", .histogram,
    help: "Time from an operation in the kernel to its event in the analytics.")
  public static let exportErrorsTotal = MetricFamily<UInt64, Label.Sink>(
    "export_errors_total", .counter, help: "Writes to a sink that failed.")
  public static let seriesDroppedTotal = MetricFamily<UInt64, Label.Metric>(
    "series_dropped_total", .counter,
    help: "Series folded into another or left out to keep their number bounded.")
}

// The hooks in the kernel and the way up from them.
extension Metrics {
  public static let probeAttached = MetricFamily<Bool, Label.Probe>(
    "probe_attached", .gauge, help: "1 while the kernel program is attached, otherwise 0.")
  public static let probeRunsTotal = MetricFamily<UInt64, Label.Probe>(
    "probe_runs_total", .counter, help: "Runs of the kernel program.")
  public static let probeRunTimeSecondsTotal = MetricFamily<Double, Label.Probe>(
    "probe_run_time_seconds_total", .counter, help: "Time spent in the kernel program.")
  public static let probeMissedTotal = MetricFamily<UInt64, Label.Probe>(
    "probe_missed_total", .counter,
    help: "Runs that the kernel skipped because the program was already running.")
  public static let featureEnabled = MetricFamily<Bool, Label.Feature, Label.FeatureReason>(
    "feature_enabled", .gauge, zeros: .onlyGiven,
    help: "1 while a part that the sensor can run without is on, otherwise 0 with the reason.")
  public static let egressUnanalysedBytesTotal = MetricFamily<UInt64, Label.Transport>(
    "egress_unanalysed_bytes_total", .counter, zeros: .onlyGiven,
    help: "Payload sent without TCP, which no analytic sees.")
  public static let dnsAnswersCappedTotal = MetricFamily<UInt64>(
    "dns_answers_capped_total", .counter,
    help: "DNS answers left unread because more came in one second than are copied.")
  public static let resetsCappedTotal = MetricFamily<UInt64>(
    "resets_capped_total", .counter,
    help: "Resets of packets without a flow left untold because more went out in one second.")
  public static let lateAdoptionsTotal = MetricFamily<UInt64>(
    "late_adoptions_total", .counter,
    help: "Sockets older than the sensor that were met at their first use only.")
  public static let untrackedSocketsTotal = MetricFamily<UInt64>(
    "untracked_sockets_total", .counter,
    help: "Sockets that the kernel had no memory to follow.")
  public static let eventsTotal = MetricFamily<UInt64, Label.Event>(
    "events_total", .counter, zeros: .onlyGiven, help: "Events that reached the analytics.")
  public static let eventsLostTotal = MetricFamily<UInt64, Label.Stage>(
    "events_lost_total", .counter, zeros: .onlyGiven,
    help: "Records lost, by the place that lost them.")
  public static let ringBufferUsedBytes = MetricFamily<UInt64>(
    "ring_buffer_used_bytes", .gauge, help: "Unread bytes in the ring buffer.")
  public static let ringBufferSizeBytes = MetricFamily<UInt64>(
    "ring_buffer_size_bytes", .gauge, help: "Size of the ring buffer.")
}

// What is kept, and its bounds.
extension Metrics {
  public static let socketsTracked = MetricFamily<UInt64>(
    "sockets_tracked", .gauge, help: "Sockets in the socket table.")
  public static let pairsTracked = MetricFamily<UInt64, Label.Analytic>(
    "pairs_tracked", .gauge, help: "Pairs of process and destination that the analytic follows.")
  public static let stateLimit = MetricFamily<UInt64, Label.Table>(
    "state_limit", .gauge, help: "Entries that the table may hold.")
  public static let stateEvictionsTotal = MetricFamily<UInt64, Label.Table>(
    "state_evictions_total", .counter, help: "Entries that the table gave up to stay in its limit.")
}

// What is normal on this host.
extension Metrics {
  public static let baselineLearning = MetricFamily<Bool>(
    "baseline_learning", .gauge,
    help: "1 while the host is known for less than a week, so that what is unusual does not count.")
  public static let baselineReady = MetricFamily<Bool, Label.Analytic>(
    "baseline_ready", .gauge,
    help: "1 when the analytic weighs what is unusual on this host.")
  public static let baselineAgeSeconds = MetricFamily<Double>(
    "baseline_age_seconds", .gauge, help: "Time since the first thing that is known of the host.")
  public static let baselineExecutables = MetricFamily<UInt64>(
    "baseline_executables", .gauge, help: "Subjects whose habits are known.")
  public static let stateSaveTimestampSeconds = MetricFamily<Double>(
    "state_save_timestamp_seconds", .gauge,
    help: "Unix time of the last save into the state directory.")
  public static let stateSavesSkippedTotal = MetricFamily<UInt64>(
    "state_saves_skipped_total", .counter, zeros: .onlyGiven,
    help: "Saves left out because the one before was not done.")
  public static let findingsExpiredTotal = MetricFamily<UInt64>(
    "findings_expired_total", .counter, zeros: .onlyGiven,
    help: "Findings that the state directory gave up, for their age or for want of room.")
  public static let stateRowsRedatedTotal = MetricFamily<UInt64>(
    "state_rows_redated_total", .counter, zeros: .onlyGiven,
    help: "Rows of the state that were dated later than the clock and got earlier dates.")
}

// Bytes and connections.
extension Metrics {
  public static let attributedBytesTotal = MetricFamily<UInt64, Label.Direction, Label.Attribution>(
    "attributed_bytes_total", .counter,
    help: "Payload charged to a process, by how its owner is known.")
  public static let unattributedBytesTotal = MetricFamily<UInt64, Label.Direction>(
    "unattributed_bytes_total", .counter,
    help: "Payload that the kernel counted and no process was charged with.")
  public static let accountingMismatchSocketsTotal = MetricFamily<UInt64, Label.Mismatch>(
    "accounting_mismatch_sockets_total", .counter,
    help: "Sockets whose charged bytes differ from the totals of the kernel or cannot be compared.")
  public static let transferredBytesTotal = MetricFamily<UInt64, Label.Direction, Label.Scope>(
    "transferred_bytes_total", .counter, help: "TCP payload moved by all processes.")
  public static let processTransferredBytesTotal = MetricFamily<
    UInt64, Label.Process, Label.Direction, Label.Scope
  >(
    "process_transferred_bytes_total", .counter, zeros: .onlyGiven,
    help: "TCP payload moved by the busiest executables; the others are added up in __other__.")
  public static let connectionsTotal = MetricFamily<UInt64, Label.Role>(
    "connections_total", .counter, help: "Connections that were established.")
  public static let connectionFailuresTotal = MetricFamily<UInt64, Label.Role, Label.Failure>(
    "connection_failures_total", .counter, help: "Connections that were never established.")
}

// Analytics and findings.
extension Metrics {
  public static let analyticEvaluationsTotal = MetricFamily<UInt64, Label.Analytic, Label.Verdict>(
    "analytic_evaluations_total", .counter, help: "Evaluations of the analytic, by their verdict.")
  public static let findingsTotal = MetricFamily<UInt64, Label.Analytic, Label.Severity>(
    "findings_total", .counter,
    help: "Findings that reached a severity since the start of the sensor.")
  public static let findingsOpen = MetricFamily<UInt64, Label.Analytic, Label.Severity>(
    "findings_open", .gauge, help: "Findings that are open now.")
  public static let findingLastSeenTimestampSeconds = MetricFamily<Double, Label.Analytic>(
    "finding_last_seen_timestamp_seconds", .gauge,
    help: "Unix time at which a finding of the analytic was last supported by an event.")
  public static let visitsToFinding = MetricFamily<Histogram>(
    "visits_to_finding", .histogram, help: "Visits that a pair had made when its finding opened.")
  public static let suppressions = MetricFamily<UInt64, Label.SuppressionState>(
    "suppressions", .gauge,
    help: "Suppressions in force, and those of them that end within two weeks.")
  public static let suppressionHitsTotal = MetricFamily<UInt64>(
    "suppression_hits_total", .counter, help: "Findings that a suppression held back.")
}

// The process, under the names that every Prometheus client library uses.
extension Metrics {
  public static let processCPUSecondsTotal = MetricFamily<Double>(
    "process_cpu_seconds_total", .counter, prefix: "", help: "User and system CPU time spent.")
  public static let processResidentMemoryBytes = MetricFamily<UInt64>(
    "process_resident_memory_bytes", .gauge, prefix: "", help: "Resident memory.")
  public static let processOpenFDs = MetricFamily<UInt64>(
    "process_open_fds", .gauge, prefix: "", help: "Open file descriptors.")
  public static let processStartTimeSeconds = MetricFamily<Double>(
    "process_start_time_seconds", .gauge, prefix: "", help: "Unix time at which the process began.")
}

extension Metrics {
  /// All of the above, sorted by name.
  public static let all: [MetricDefinition] = [
    buildInfo.definition, configInfo.definition, backendInfo.definition,
    startTimeSeconds.definition, heartbeatTimestampSeconds.definition,
    sweepSecondsTotal.definition, eventDelaySeconds.definition, exportErrorsTotal.definition,
    seriesDroppedTotal.definition, probeAttached.definition, probeRunsTotal.definition,
    probeRunTimeSecondsTotal.definition, probeMissedTotal.definition, eventsTotal.definition,
    featureEnabled.definition, egressUnanalysedBytesTotal.definition,
    dnsAnswersCappedTotal.definition, resetsCappedTotal.definition,
    lateAdoptionsTotal.definition,
    untrackedSocketsTotal.definition, eventsLostTotal.definition,
    ringBufferUsedBytes.definition,
    ringBufferSizeBytes.definition,
    socketsTracked.definition, pairsTracked.definition, stateLimit.definition,
    stateEvictionsTotal.definition, attributedBytesTotal.definition,
    unattributedBytesTotal.definition, accountingMismatchSocketsTotal.definition,
    transferredBytesTotal.definition, processTransferredBytesTotal.definition,
    connectionsTotal.definition, connectionFailuresTotal.definition,
    analyticEvaluationsTotal.definition, findingsTotal.definition, findingsOpen.definition,
    findingLastSeenTimestampSeconds.definition, visitsToFinding.definition,
    baselineLearning.definition, baselineReady.definition, baselineAgeSeconds.definition,
    baselineExecutables.definition, stateSaveTimestampSeconds.definition,
    stateSavesSkippedTotal.definition, stateRowsRedatedTotal.definition,
    findingsExpiredTotal.definition,
    suppressions.definition, suppressionHitsTotal.definition,
    processCPUSecondsTotal.definition, processResidentMemoryBytes.definition,
    processOpenFDs.definition, processStartTimeSeconds.definition,
  ].sorted { $0.name < $1.name }
}
