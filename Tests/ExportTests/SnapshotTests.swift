// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Snapshots")
struct SnapshotTests {
  private func lines(_ snapshot: MetricSnapshot, of family: String) -> [String] {
    String(decoding: snapshot.text(), as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix(family) }
  }

  @Test("A family without a value is absent, with its HELP and TYPE")
  func absent() {
    var builder = MetricSnapshot.Builder()
    builder.set(Metrics.socketsTracked, to: 3)
    let text = String(decoding: builder.build().text(), as: UTF8.self)
    #expect(
      text == """
        # HELP halfwire_series_dropped_total \(Metrics.seriesDroppedTotal.definition.help)
        # TYPE halfwire_series_dropped_total counter
        halfwire_series_dropped_total{metric="halfwire_process_transferred_bytes_total"} 0
        # HELP halfwire_sockets_tracked \(Metrics.socketsTracked.definition.help)
        # TYPE halfwire_sockets_tracked gauge
        halfwire_sockets_tracked 3

        """)
  }

  @Test("Closed labels start at zero once one of the family's values is given")
  func zeros() {
    var builder = MetricSnapshot.Builder()
    builder.set(Metrics.findingsTotal, "beacon", .high, to: 2)
    #expect(
      lines(builder.build(), of: "halfwire_findings_total{") == [
        #"halfwire_findings_total{analytic="beacon",severity="high"} 2"#,
        #"halfwire_findings_total{analytic="beacon",severity="low"} 0"#,
        #"halfwire_findings_total{analytic="beacon",severity="medium"} 0"#,
      ])
  }

  @Test("A stage that does not exist has no series")
  func stages() {
    var builder = MetricSnapshot.Builder()
    builder.set(Metrics.eventsLostTotal, .ring, to: 0)
    #expect(
      lines(builder.build(), of: "halfwire_events_lost_total{") == [
        #"halfwire_events_lost_total{stage="ring"} 0"#
      ])
  }

  @Test("A later value replaces an earlier one, and a snapshot keeps nothing of the one before")
  func replacement() {
    var builder = MetricSnapshot.Builder()
    builder.set(Metrics.probeAttached, "a", to: false)
    builder.set(Metrics.probeAttached, "a", to: true)
    #expect(lines(builder.build(), of: "halfwire_probe").map { $0.suffix(2) } == [" 1"])
    #expect(lines(builder.build(), of: "halfwire_probe").isEmpty)
  }

  @Test("Whatever is given, a snapshot has at most 340 series, and what is left out is counted")
  func ceiling() throws {
    var builder = MetricSnapshot.Builder()
    var given = 0
    for index in 0..<1000 {
      builder.set(
        Metrics.processTransferredBytesTotal, Label.Process("p\(index)"), .sent, .external, to: 1)
      builder.set(Metrics.stateLimit, Label.Table("t\(index)"), to: 1)
      given += 2
    }
    let snapshot = builder.build()
    #expect(snapshot.seriesCount <= 340)
    let dropped = lines(snapshot, of: "halfwire_series_dropped_total{")
      .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    let shown = snapshot.seriesCount - 2  // the two lines that count the dropped ones
    #expect(shown + dropped == given)

    // The counter goes on where it was, as a counter must.
    builder.set(Metrics.socketsTracked, to: 1)
    let later = lines(builder.build(), of: "halfwire_series_dropped_total{")
    #expect(later == lines(snapshot, of: "halfwire_series_dropped_total{"))
  }

  @Test("Too many processes never push out a family of fixed size")
  func priority() {
    var builder = MetricSnapshot.Builder()
    for index in 0..<1000 {
      builder.set(
        Metrics.processTransferredBytesTotal, Label.Process("p\(index)"), .sent, .external, to: 1)
    }
    builder.set(Metrics.unattributedBytesTotal, .sent, to: 1)
    let snapshot = builder.build()
    #expect(lines(snapshot, of: "halfwire_unattributed_bytes_total{").count == 2)
    #expect(snapshot.seriesCount > 330 && snapshot.seriesCount <= 340)
  }

  @Test("All families at the size of a full sensor leave room for 20 busy processes")
  func fullSensor() {
    var builder = MetricSnapshot.Builder()
    for event in Label.Event.allCases { builder.set(Metrics.eventsTotal, event, to: 1) }
    for stage in Label.Stage.allCases { builder.set(Metrics.eventsLostTotal, stage, to: 1) }
    for probe in (0..<12).map({ Label.Probe("probe\($0)") }) {
      builder.set(Metrics.probeAttached, probe, to: true)
      builder.set(Metrics.probeRunsTotal, probe, to: 1)
      builder.set(Metrics.probeRunTimeSecondsTotal, probe, to: 1)
      builder.set(Metrics.probeMissedTotal, probe, to: 1)
    }
    for feature in Label.Feature.allCases {
      builder.set(Metrics.featureEnabled, feature, .enabled, to: true)
    }
    for transport in Label.Transport.allCases {
      builder.set(Metrics.egressUnanalysedBytesTotal, transport, to: 1)
    }
    builder.set(Metrics.dnsAnswersCappedTotal, to: 1)
    builder.set(Metrics.resetsCappedTotal, to: 1)
    builder.set(Metrics.lateAdoptionsTotal, to: 1)
    builder.set(Metrics.untrackedSocketsTotal, to: 1)
    for table in (0..<18).map({ Label.Table("table\($0)") }) {
      builder.set(Metrics.stateLimit, table, to: 1)
      builder.set(Metrics.stateEvictionsTotal, table, to: 1)
    }
    for analytic: Label.Analytic in ["beacon", "one-way"] {
      builder.set(Metrics.pairsTracked, analytic, to: 1)
      builder.set(Metrics.baselineReady, analytic, to: true)
      builder.set(Metrics.analyticEvaluationsTotal, analytic, .clear, to: 1)
      builder.set(Metrics.findingsTotal, analytic, .low, to: 1)
      builder.set(Metrics.findingsOpen, analytic, .low, to: 1)
      builder.set(Metrics.findingLastSeenTimestampSeconds, analytic, to: 1)
    }
    builder.set(Metrics.baselineLearning, to: true)
    for gauge in [Metrics.baselineAgeSeconds, Metrics.stateSaveTimestampSeconds] {
      builder.set(gauge, to: 1)
    }
    builder.set(Metrics.baselineExecutables, to: 1)
    builder.set(Metrics.stateSavesSkippedTotal, to: 1)
    builder.set(Metrics.stateRowsRedatedTotal, to: 1)
    builder.set(Metrics.findingsExpiredTotal, to: 1)
    for sink: Label.Sink in ["findings", "textfile", "trace", "state"] {
      builder.set(Metrics.exportErrorsTotal, sink, to: 1)
    }
    builder.set(Metrics.eventDelaySeconds, to: Histogram(bounds: .eventDelay))
    builder.set(Metrics.visitsToFinding, to: Histogram(bounds: .visitsToFinding))
    builder.set(Metrics.suppressions, .active, to: 1)
    builder.set(Metrics.suppressionHitsTotal, to: 1)
    builder.set(Metrics.attributedBytesTotal, .sent, .exact, to: 1)
    builder.set(Metrics.unattributedBytesTotal, .sent, to: 1)
    builder.set(Metrics.accountingMismatchSocketsTotal, .ktls, to: 1)
    builder.set(Metrics.transferredBytesTotal, .sent, .external, to: 1)
    builder.set(Metrics.connectionsTotal, .outbound, to: 1)
    builder.set(Metrics.connectionFailuresTotal, .outbound, .refused, to: 1)
    builder.set(Metrics.buildInfo, "1", "2", "3", to: true)
    builder.set(Metrics.configInfo, "1", to: true)
    builder.set(Metrics.backendInfo, .functions, "attached", to: true)
    for gauge in [Metrics.startTimeSeconds, Metrics.heartbeatTimestampSeconds] {
      builder.set(gauge, to: 1)
    }
    builder.set(Metrics.sweepSecondsTotal, to: 1)
    for gauge in [
      Metrics.ringBufferUsedBytes, Metrics.ringBufferSizeBytes, Metrics.socketsTracked,
    ] {
      builder.set(gauge, to: 1)
    }
    builder.set(
      ProcessReading(cpuSeconds: 1, residentBytes: 1, openFileDescriptors: 1, startSeconds: 1))
    for process in (0..<21).map({ Label.Process("process\($0)") }) {
      for direction in Label.Direction.allCases {
        for scope in [Label.Scope.external, .private] {
          builder.set(Metrics.processTransferredBytesTotal, process, direction, scope, to: 1)
        }
      }
    }
    let snapshot = builder.build()
    #expect(snapshot.families.count == Metrics.all.count)
    #expect(snapshot.seriesCount <= 340)
    #expect(lines(snapshot, of: "halfwire_process_transferred_bytes_total{").count == 84)
    #expect(lines(snapshot, of: "halfwire_series_dropped_total{").map { $0.suffix(2) } == [" 0"])
  }
}
