// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Protocols
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
      : watch.baseline.habits(of: pair.destination).map { isNew($0.firstSeen, watch.baseline) }
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
    let isMetadata = MetadataAddress.contains(assessment.remote.address)
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
    if assessment.isFaint {
      report.add(.faint, "no more was sent than a handshake returns")
    }
    noteDestination(pair, watch, &report)
    noteSubject(pair, watch, &report)
    noteLineage(process, flows, watch, &report)
    noteReactions(pair, process, watch, &report)
    noteProtocol(assessment, flows, watch, &report)
    noteNames(assessment, flows, watch, &report)
    notePort(assessment, &report)
    noteOpener(assessment, process, flows, &report)
    noteFamiliarity(pair, watch, &report)
    noteScope(scope, isMetadata: isMetadata, &report)
    noteInventory(assessment, process, flows, watch, &report)
    noteDeclared(assessment, process, flows, watch, &report)
    return report
  }

  private func isNew(_ firstSeen: Int64, _ baseline: HostBaseline) -> Bool {
    Double(baseline.now - firstSeen) < ContextReport.noveltyDays * 86_400
  }

  /// R1 and L2.
  private func noteDestination(_ pair: Pair, _ watch: Watch, _ report: inout ContextReport) {
    let habits = watch.baseline.habits(of: pair.destination)
    let limit = TestResult.Value.word("< 7 days, <= 2 subjects")
    if let habits, !watch.baseline.isLearning {
      let days = max(0, Double(watch.baseline.now - habits.firstSeen) / 86_400)
      let isNew = isNew(habits.firstSeen, watch.baseline)
      let subjects = habits.subjects == 1 ? "1 subject" : "\(habits.subjects) subjects"
      report.note(
        .newDestination, "destination_new",
        value: .word("\(NumberText.fixed(days, places: 1)) days, \(subjects)"), threshold: limit,
        holds: isNew && habits.subjects <= ContextReport.fewSubjects,
        "destination new here, used by \(subjects)")
      report.change { $0.isDestinationNew = isNew }
    } else {
      report.lack(.newDestination, "destination_new", threshold: limit)
    }
    let many = TestResult.Value.count(UInt64(ContextReport.manySubjects))
    guard let habits else {
      report.lack(.commonDestination, "destination_common", threshold: many)
      return
    }
    let isElsewhere = habits.otherHosts > 0
    report.note(
      .commonDestination, "destination_common",
      value: .count(UInt64(clamping: habits.subjects)), threshold: many,
      holds: habits.subjects >= ContextReport.manySubjects || isElsewhere,
      isElsewhere
        ? "destination common in an imported baseline"
        : "destination used by \(habits.subjects) subjects or more")
  }

  /// R2.
  private func noteSubject(_ pair: Pair, _ watch: Watch, _ report: inout ContextReport) {
    let few = TestResult.Value.count(UInt64(ContextReport.familiarSubjectDays))
    guard !watch.baseline.isLearning, let habits = watch.baseline.habits(of: pair.subject) else {
      report.lack(.rareSubject, "active_days", threshold: few)
      return
    }
    let days = habits.activeDays
    report.note(
      .rareSubject, "active_days", value: .count(UInt64(clamping: days)), threshold: few,
      holds: days < ContextReport.familiarSubjectDays,
      "subject active on \(days) of the last 14 days")
  }

  /// R3.
  private func noteLineage(
    _ process: ProcessDescription, _ flows: FlowTable, _ watch: Watch,
    _ report: inout ContextReport
  ) {
    let wanted = TestResult.Value.word("new edge below a network-facing ancestor")
    guard process.facts != nil, !process.ancestors.isEmpty else {
      report.lack(.newEdge, "new_edge", threshold: wanted)
      return
    }
    let lineage = Lineage(of: process, flows, watch.baseline, inventory)
    guard !lineage.facing.isEmpty else {
      report.note(
        .newEdge, "new_edge", value: .word("no network-facing ancestor"), threshold: wanted,
        holds: false, "")
      return
    }
    let (edge, isKnown) = lineage.newEdge(watch.baseline)
    if let edge {
      let text = "\(edge.parent) -> \(edge.child)"
      report.note(
        .newEdge, "new_edge", value: .word(text), threshold: wanted, holds: true,
        "new below a network-facing program: \(text)")
    } else if isKnown {
      report.note(
        .newEdge, "new_edge", value: .word("known"), threshold: wanted, holds: false, "")
    } else {
      report.lack(.newEdge, "new_edge", threshold: wanted)
    }
  }

  /// R4 and R5.
  private func noteReactions(
    _ pair: Pair, _ process: ProcessDescription, _ watch: Watch, _ report: inout ContextReport
  ) {
    let answered = TestResult.Value.count(UInt64(ContextReport.answeredVisits))
    let summary = watch.reactions.summary(of: pair) ?? Reactions.Summary()
    guard let facts = process.facts else {
      report.lack(.reaction, "children_after_visits", threshold: answered)
      report.lack(.reaction, "fetched_file_run", threshold: .count(1))
      report.lack(.pipedToInterpreter, "piped_visits", threshold: .count(1))
      return
    }
    report.note(
      .reaction, "children_after_visits", value: .count(UInt64(summary.children)),
      threshold: answered, holds: summary.children >= ContextReport.answeredVisits,
      "programs started within 5 s of received bytes in \(summary.children) of the last 10 visits")
    report.note(
      .reaction, "fetched_file_run", value: .count(UInt64(summary.files)), threshold: .count(1),
      holds: summary.files >= 1,
      "a new file where users can write was run within 60 s of a visit")
    if facts.standardOutput == nil, facts.processGroup == nil, summary.piped == 0 {
      report.lack(.pipedToInterpreter, "piped_visits", threshold: .count(1))
    } else {
      report.note(
        .pipedToInterpreter, "piped_visits", value: .count(UInt64(summary.piped)),
        threshold: .count(1), holds: summary.piped >= 1, "output piped into an interpreter")
    }
  }

  /// R6: a familiar subject speaks what it has not spoken for a week.
  private func noteProtocol(
    _ assessment: Assessment, _ flows: FlowTable, _ watch: Watch, _ report: inout ContextReport
  ) {
    let wanted = TestResult.Value.word("spoken for a week or longer")
    guard let facts = assessment.destinationFacts(flows), let application = facts.application,
      let habits = watch.baseline.habits(of: assessment.pair.subject),
      isFamiliar(habits, watch.baseline),
      let spoken = habits.protocols, !spoken.isEmpty
    else {
      report.lack(.newProtocol, "new_protocol", threshold: wanted)
      return
    }
    let words = [application.rawValue] + facts.alpn + (facts.ja4.map { [$0] } ?? [])
    let new = words.first { !spoken.contains($0) }
    report.note(
      .newProtocol, "new_protocol", value: .word(new ?? words[words.count - 1]),
      threshold: wanted, holds: new != nil,
      "first bytes that this subject did not speak before: \(new ?? "")")
  }

  /// Known for two weeks: in its first one, everything it says is new.
  private func isFamiliar(_ habits: SubjectHabits, _ baseline: HostBaseline) -> Bool {
    habits.activeDays >= ContextReport.familiarSubjectDays
      && Double(baseline.now - habits.firstSeen) >= 2 * ContextReport.noveltyDays * 86_400
  }

  /// R7.
  private func noteNames(
    _ assessment: Assessment, _ flows: FlowTable, _ watch: Watch, _ report: inout ContextReport
  ) {
    let wanted = TestResult.Value.word("TLS without a name, or a name never resolved here")
    let facts = assessment.destinationFacts(flows)
    if let name = facts?.name, facts?.nameSource != .dns {
      // An address in place of a name was never to be resolved.
      guard IPAddress(text: name) == nil, let isResolved = watch.baseline.wasResolved(name) else {
        report.lack(.unnamed, "unnamed", threshold: wanted)
        return
      }
      report.note(
        .unnamed, "unnamed", value: .word(name), threshold: wanted, holds: !isResolved,
        "the name was never resolved here")
    } else if facts?.application == .tls, facts?.ja4 != nil {
      // Only a hello that was read whole has no name for certain.
      report.note(
        .unnamed, "unnamed", value: .word("TLS without a name"), threshold: wanted, holds: true,
        "TLS without a name")
    } else {
      report.lack(.unnamed, "unnamed", threshold: wanted)
    }
  }

  /// R8.
  private func notePort(_ assessment: Assessment, _ report: inout ContextReport) {
    guard let contradicts = assessment.contradictsPort else {
      report.lack(.portContradiction, "contradicts_port", threshold: .flag(true))
      return
    }
    report.note(
      .portContradiction, "contradicts_port", value: .flag(contradicts), threshold: .flag(true),
      holds: contradicts, "first bytes are not what the port promises")
  }

  /// R9.
  private func noteOpener(
    _ assessment: Assessment, _ process: ProcessDescription, _ flows: FlowTable,
    _ report: inout ContextReport
  ) {
    let threshold = TestResult.Value.flag(true)
    guard let opener = assessment.opener else {
      report.lack(.foreignActor, "unrelated_opener", threshold: threshold)
      return
    }
    let isSame = opener.process == process.image.process
    let other = isSame ? nil : flows.description(of: opener)
    if !isSame {
      guard process.facts?.executable != nil, other?.facts?.executable != nil else {
        report.lack(.foreignActor, "unrelated_opener", threshold: threshold)
        return
      }
    }
    let isSameProgram = isSame || process.facts?.executable == other?.facts?.executable
    let isDescendant = process.ancestors.contains { $0.process == opener.process }
    let isSameUnit = process.facts?.unit != nil && process.facts?.unit == other?.facts?.unit
    let isForeign = !isSameProgram && !isDescendant && !isSameUnit
    report.note(
      .foreignActor, "unrelated_opener", value: .flag(isForeign), threshold: threshold,
      holds: isForeign,
      "opened by an unrelated program: \(other?.facts?.executable?.description ?? "")")
  }

  /// L1.
  private func noteFamiliarity(_ pair: Pair, _ watch: Watch, _ report: inout ContextReport) {
    let enough = TestResult.Value.count(UInt64(ContextReport.familiarPairDays))
    guard let days = watch.baseline.habits(of: pair)?.familiarDays,
      let provenance = report.context.provenance
    else {
      report.lack(.familiarPair, "familiar_days", threshold: enough)
      return
    }
    report.note(
      .familiarPair, "familiar_days", value: .count(UInt64(clamping: days)), threshold: enough,
      holds: days >= ContextReport.familiarPairDays && provenance <= .administrator,
      "went there on \(days) days before")
  }

  /// L3.
  private func noteScope(
    _ scope: DestinationScope, isMetadata: Bool, _ report: inout ContextReport
  ) {
    report.note(
      .nearScope, "near_destination", value: .word(isMetadata ? "metadata" : scope.rawValue),
      threshold: .word("private, link_local or metadata"),
      holds: isMetadata || scope == .private || scope == .linkLocal,
      isMetadata ? "metadata destination" : "private or link-local destination")
  }

  /// L4; what a network-facing service is declared to do lowers nothing for what it starts.
  private func noteInventory(
    _ assessment: Assessment, _ process: ProcessDescription, _ flows: FlowTable, _ watch: Watch,
    _ report: inout ContextReport
  ) {
    guard !inventory.services.isEmpty else { return }
    let wanted = TestResult.Value.word("declared for this destination")
    guard let facts = process.facts else {
      report.lack(.declared, "inventory", threshold: wanted)
      return
    }
    let service = inventory.service(
      package: process.executable.package?.description,
      path: facts.executable?.description, unit: facts.unit?.description)
    guard let service else {
      report.note(
        .declared, "inventory", value: .word("no service"), threshold: wanted, holds: false, "")
      return
    }
    let name = assessment.destinationFacts(flows)?.name
    let isDeclared = inventory.declares(assessment.remote, name: name, for: service)
    let isBelowFacing = !Lineage(of: process, flows, watch.baseline, inventory).facing.isEmpty
    report.note(
      .declared, "inventory", value: .word(service.name), threshold: wanted,
      holds: isDeclared && !isBelowFacing, "declared in the inventory: \(service.name)")
  }
}

extension Assessment {
  /// What is known of where its connections lead; for a wide destination, where the last one did.
  func destinationFacts(_ flows: FlowTable) -> DestinationFacts? {
    flows.destinationFacts(of: pair) ?? flows.destinationFacts(of: remotePair)
  }
}
