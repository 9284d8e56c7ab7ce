// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

/// Gathers what surrounds a behaviour: from the flow tables, the host's baseline and reactions.
///
/// A fact that is not known makes no raise and no lower; its test says insufficient data.
struct ContextGathering {
  let inventory: Inventory
  let declarations: Declarations
  /// What the host is for.
  let role: String?
  let includesLoopback: Bool

  // MARK: Who

  /// The provenance of an acting process; on a CI host's declared units no worse than P1.
  ///
  /// A runner builds and runs what it was told to, from wherever it likes: that is its work.
  func provenance(of process: ProcessDescription) -> ProvenanceJudgement? {
    guard var judged = process.provenance else { return nil }
    guard role == "ci", judged.level > .administrator, let unit = process.facts?.unit,
      inventory.services.contains(where: { $0.unit == unit.description })
    else { return judged }
    judged.level = .administrator
    judged.reason = "declared unit of a CI host (\(judged.reason))"
    return judged
  }

  /// What the analytics have to know of a pair's subject.
  func facts(of pair: Pair, _ flows: FlowTable, _ watch: Watch) -> SubjectFacts {
    let habits = watch.baseline.habits(of: pair.subject)
    let isLearning = watch.baseline.isLearning
    var facts = SubjectFacts()
    facts.provenance = flows.lastActor(of: pair.subject).flatMap {
      provenance(of: flows.description(of: $0))?.level
    }
    facts.activeDays = isLearning ? nil : habits?.activeDays
    facts.sentP99Bytes = habits?.sentP99Bytes
    facts.isDestinationNew =
      isLearning
      ? nil
      : watch.baseline.destinationHabits(of: pair).map { isNew($0.firstSeen, watch.baseline) }
    facts.knownProtocols = habits?.protocols
    facts.isLearning = isLearning
    if let summary = watch.reactions.summary(of: pair) {
      facts.isObeyed =
        summary.children >= ContextReport.answeredVisits || summary.files > 0 || summary.piped > 0
    }
    return facts
  }

  // MARK: Around it

  func report(
    _ assessment: Assessment, _ process: ProcessDescription, _ flows: FlowTable, _ watch: Watch
  ) -> ContextReport {
    let pair = assessment.pair
    let scope = pair.destination.scope
    // Of several addresses the last one says nothing.
    let isMetadata =
      !pair.destination.isWide && MetadataAddress.contains(assessment.remote.address)
    let isExternal =
      (scope == .external && !isMetadata) || (scope == .loopback && includesLoopback)
    var report = ContextReport(
      provenance: provenance(of: process)?.level, isExternal: isExternal,
      isLearning: watch.baseline.isLearning)
    report.change { context in
      context.isOutage = assessment.isOutage
      context.isStrong = assessment.isStrong
      context.isIrregular = assessment.isIrregular
      context.isFromNeighbour = assessment.isFromNeighbour
      context.isDestinationDown = assessment.failingSince != nil
    }
    let there = UsualThere(assessment, watch.baseline)
    noteDestination(there, watch, &report)
    noteSubject(pair, watch, &report)
    noteLineage(process, flows, watch, &report)
    noteReactions(pair, process, watch, &report)
    noteProtocol(assessment, flows, watch, &report)
    noteNames(assessment, flows, watch, &report)
    notePort(assessment, &report)
    noteOpener(assessment, process, flows, &report)
    noteFamiliarity(there, &report)
    noteScope(scope, isMetadata: isMetadata, &report)
    noteInventory(assessment, process, flows, watch, &report)
    noteDeclared(assessment, process, flows, watch, &report)
    return report
  }

  func isNew(_ firstSeen: Int64, _ baseline: HostBaseline) -> Bool {
    Double(baseline.now - firstSeen) < ContextReport.noveltyDays * 86_400
  }
}

extension Assessment {
  /// What is known of where its connections lead; for a wide destination, where the last one did.
  func destinationFacts(_ flows: FlowTable) -> DestinationFacts? {
    flows.destinationFacts(of: pair) ?? flows.destinationFacts(of: remotePair)
  }
}
