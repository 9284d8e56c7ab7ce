// SPDX-License-Identifier: Apache-2.0

import Analytics
import Findings
import Flows
import Hosts
import Wire

/// A finding that reached a severity for the first time.
struct Alert: Sendable {
  let id: String
  let severity: Severity
  /// Seconds since boot, of event time.
  let time: Double
  let analytic: Analytic
  let score: Double
  let program: String
  let destination: String
  let reasons: [String]
  let period: Double?
  /// About an implant: towards the network that they call, or of a program that is one.
  let isControl: Bool

  var day: Int { Int(time / SimulatedHost.secondsPerDay) }
}

/// One host's pipeline, and what it told.
struct HostWatch: Sendable {
  private(set) var pipeline: DetectionPipeline
  private(set) var alerts: [Alert] = []
  private var told: [String: Severity] = [:]
  private(set) var events = 0

  init(role: Role, seed: Int) {
    let header = StreamHeader(
      host: ByteString("\(role.rawValue) \(seed)"), bootID: "evaluation-\(seed)", kernel: "6.12",
      backend: "other", wallEpochNanoseconds: SimulatedHost.epochNanoseconds,
      sensor: "halfwire evaluation", configHash: "", role: role.configuration)
    var settings = PipelineSettings()
    settings.role = role.configuration
    settings.inventory = Inventory(
      services: role.declaredUnits.map { Inventory.Service(name: $0, unit: $0) })
    // Findings are judged anew every minute all the same; only their lines are written less often.
    settings.updateInterval = .seconds(3_600)
    pipeline = DetectionPipeline(header: header, settings: settings)
  }

  /// Takes what the host did; the alerts that came of it.
  mutating func take(_ writer: inout HostWriter) -> ArraySlice<Alert> {
    let before = alerts.count
    writer.take { event in
      pipeline.apply(event)
      events += 1
      for finding in pipeline.takeChanges() { note(finding, at: event.time) }
    }
    return alerts[before...]
  }

  private mutating func note(_ finding: Finding, at time: KernelInstant) {
    if let known = told[finding.id], known >= finding.severity { return }
    told[finding.id] = finding.severity
    var period: Double?
    if case .beacon(let evidence) = finding.evidence { period = evidence.periodSeconds }
    alerts.append(
      Alert(
        id: finding.id, severity: finding.severity, time: time.seconds,
        analytic: finding.analytic, score: finding.score,
        program: finding.process.path ?? "unknown", destination: "\(finding.destination.key)",
        reasons: finding.severityReasons, period: period,
        isControl: Implant.isControl(finding.destination.key.endpoint.address)
          || Implant.isImplant(finding.process.path ?? "")))
  }

  /// The highest severity that each finding reached.
  var highest: [Alert] {
    var last: [String: Alert] = [:]
    for alert in alerts { last[alert.id] = alert }
    return last.values.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }

  mutating func forgetAlerts() { alerts.removeAll() }
}
