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

  /// The last signal's assessment, of code from a temporary directory that nothing clears.
  func last(_ analytic: Analytic, _ facts: SubjectFacts = .untrusted) -> Assessment? {
    signals(analytic).last.flatMap {
      behaviours.assessment(of: analytic, $0.pair, facts: facts)
    }
  }

  var beacon: BeaconEvidence? {
    guard case .beacon(let evidence)? = last(.beacon)?.evidence else { return nil }
    return evidence
  }

  var oneWay: OneWayEvidence? {
    guard case .oneWay(let evidence)? = last(.oneWay)?.evidence else { return nil }
    return evidence
  }

  var tlsEgress: TLSEgressEvidence? {
    guard case .tlsEgress(let evidence)? = last(.tlsEgress)?.evidence else { return nil }
    return evidence
  }

  var excessEgress: ExcessEgressEvidence? {
    guard case .excessEgress(let evidence)? = last(.excessEgress)?.evidence else { return nil }
    return evidence
  }

  var nonconforming: NonconformingEvidence? {
    guard case .nonconforming(let evidence)? = last(.nonconforming)?.evidence else { return nil }
    return evidence
  }

  func outcome(_ analytic: Analytic, _ test: String) -> TestResult.Outcome? {
    last(analytic)?.tests.first { $0.name == test }?.outcome
  }
}

extension SubjectFacts {
  /// P3, on a host that is known, towards a destination that is new.
  static var untrusted: SubjectFacts {
    var facts = SubjectFacts()
    facts.provenance = .volatile
    facts.isDestinationNew = true
    facts.isLearning = false
    return facts
  }
}
