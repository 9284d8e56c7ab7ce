// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Flows
import Wire

/// Flow tables and analytics over a script, with every signal in order.
struct BehaviourRun {
  private(set) var flows = FlowTable()
  private(set) var behaviours: Behaviours
  private(set) var signals: [Behaviours.Signal] = []

  init(_ script: EventScript, settings: AnalyticSettings = AnalyticSettings()) {
    behaviours = Behaviours(settings: settings)
    for event in script.events {
      flows.apply(event, observer: &behaviours)
      signals += behaviours.signals
      behaviours.removeSignals()
    }
  }

  func signals(_ analytic: Analytic) -> [Behaviours.Signal] {
    signals.filter { $0.analytic == analytic }
  }

  /// The last signal's evidence.
  var beacon: BeaconEvidence? {
    guard let pair = signals(.beacon).last?.pair,
      case .beacon(let evidence)? = behaviours.assessment(of: .beacon, pair)?.evidence
    else { return nil }
    return evidence
  }

  var oneWay: OneWayEvidence? {
    guard let pair = signals(.oneWay).last?.pair,
      case .oneWay(let evidence)? = behaviours.assessment(of: .oneWay, pair)?.evidence
    else { return nil }
    return evidence
  }

  func outcome(_ analytic: Analytic, _ test: String) -> TestResult.Outcome? {
    signals(analytic).last
      .flatMap { behaviours.assessment(of: analytic, $0.pair) }?
      .tests.first { $0.name == test }?.outcome
  }
}
