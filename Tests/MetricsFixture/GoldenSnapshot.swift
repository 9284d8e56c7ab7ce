// SPDX-License-Identifier: Apache-2.0

import Export

extension MetricSnapshot {
  /// A snapshot with a value for every family, made of fixed numbers.
  static var golden: MetricSnapshot {
    var builder = Builder()
    builder.setSensor()
    builder.setProbes()
    builder.setTraffic()
    builder.setFindings()
    builder.set(
      ProcessReading(
        cpuSeconds: 12.34, residentBytes: 23_592_960, openFileDescriptors: 31,
        startSeconds: 1_763_699_999.42))
    return builder.build()
  }
}

extension MetricSnapshot.Builder {
  fileprivate mutating func setSensor() {
    set(
      Metrics.buildInfo, "0.1.0", "4ede428", Label.BPFObject(String(repeating: "ab", count: 32)),
      to: true)
    set(Metrics.configInfo, "9f86d081", to: true)
    set(Metrics.backendInfo, .tracepoints, "functions_refused", to: true)
    set(Metrics.startTimeSeconds, to: 1_763_700_000.5)
    set(Metrics.heartbeatTimestampSeconds, to: 1_763_700_321.25)
    set(Metrics.sweepSecondsTotal, to: 0.000123)
    set(Metrics.exportErrorsTotal, "textfile", to: 0)
    set(Metrics.exportErrorsTotal, "state", to: 2)
    set(Metrics.baselineLearning, to: false)
    set(Metrics.baselineReady, "beacon", to: true)
    set(Metrics.baselineAgeSeconds, to: 864_000)
    set(Metrics.baselineExecutables, to: 212)
    set(Metrics.stateSaveTimestampSeconds, to: 1_763_700_300)
    set(Metrics.stateSavesSkippedTotal, to: 1)
    set(Metrics.stateRowsRedatedTotal, to: 0)
    set(Metrics.findingsExpiredTotal, to: 3)
    var delay = Histogram(bounds: .eventDelay)
    for value in [0.004, 0.02, 0.03, 0.7, 9] { delay.observe(value) }
    set(Metrics.eventDelaySeconds, to: delay)
  }

  fileprivate mutating func setProbes() {
    let probes: [(Label.Probe, UInt64)] = [
      ("tcp_destroy_sock", 40), ("sock_send_length", 1_234_567),
    ]
    for (probe, runs) in probes {
      set(Metrics.probeAttached, probe, to: true)
      set(Metrics.probeRunsTotal, probe, to: runs)
      set(Metrics.probeRunTimeSecondsTotal, probe, to: Double(runs) * 45e-9)
      set(Metrics.probeMissedTotal, probe, to: 0)
    }
    for event in [Label.Event.connect, .burst, .closed, .final] {
      set(Metrics.eventsTotal, event, to: 12)
    }
    for stage in [Label.Stage.ring, .decode] { set(Metrics.eventsLostTotal, stage, to: 0) }
    set(Metrics.featureEnabled, .firstBytes, .enabled, to: true)
    set(Metrics.featureEnabled, .names, .refused, to: false)
    set(Metrics.egressUnanalysedBytesTotal, .udp, to: 1_200)
    set(Metrics.egressUnanalysedBytesTotal, .quic, to: 90_000)
    set(Metrics.dnsAnswersCappedTotal, to: 2)
    set(Metrics.resetsCappedTotal, to: 5)
    set(Metrics.lateAdoptionsTotal, to: 3)
    set(Metrics.untrackedSocketsTotal, to: 0)
    set(Metrics.ringBufferUsedBytes, to: 4096)
    set(Metrics.ringBufferSizeBytes, to: 8_388_608)
  }

  fileprivate mutating func setTraffic() {
    set(Metrics.socketsTracked, to: 17)
    set(Metrics.stateLimit, "sockets", to: 65_536)
    set(Metrics.stateEvictionsTotal, "sockets", to: 0)
    set(Metrics.attributedBytesTotal, .sent, .exact, to: 18_446_744_073_709_551_615)
    set(Metrics.unattributedBytesTotal, .received, to: 3)
    set(Metrics.accountingMismatchSocketsTotal, .ktls, to: 1)
    set(Metrics.transferredBytesTotal, .received, .external, to: 9_007_199_254_740_993)
    set(Metrics.connectionsTotal, .outbound, to: 360)
    set(Metrics.connectionFailuresTotal, .outbound, .refused, to: 2)
    for path in ["/usr/bin/curl", "/opt/a\"b\\c\nd", "/opt/\u{202E}gpj.exe"] {
      let process = Label.Process(executablePath: Array(path.utf8))
      set(Metrics.processTransferredBytesTotal, process, .sent, .external, to: 517)
    }
  }

  fileprivate mutating func setFindings() {
    for analytic: Label.Analytic in [
      "beacon", "one-way", "tls-egress", "excess-egress", "nonconforming",
    ] {
      set(Metrics.pairsTracked, analytic, to: 5)
      set(Metrics.analyticEvaluationsTotal, analytic, .clear, to: 355)
      set(Metrics.findingsTotal, analytic, .high, to: 1)
      set(Metrics.findingsOpen, analytic, .high, to: 1)
      set(Metrics.findingLastSeenTimestampSeconds, analytic, to: 1_763_700_300)
    }
    var visits = Histogram(bounds: .visitsToFinding)
    visits.observe(24)
    set(Metrics.visitsToFinding, to: visits)
    set(Metrics.suppressions, .active, to: 3)
    set(Metrics.suppressions, .expiring, to: 1)
    set(Metrics.suppressionHitsTotal, to: 12)
  }
}
