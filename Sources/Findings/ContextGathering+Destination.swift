// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Protocols
internal import Wire

// Where it goes: how new and how common that is, what it is called, and who declared it.

extension ContextGathering {
  /// R1 and L2.
  func noteDestination(_ there: UsualThere, _ watch: Watch, _ report: inout ContextReport) {
    let limit = TestResult.Value.word("< 7 days, <= 2 subjects")
    let isFew = { (habits: DestinationHabits) in
      habits.subjects <= ContextReport.fewSubjects && isNew(habits.firstSeen, watch.baseline)
    }
    if let habits = there.shown.first(where: isFew) ?? there.shown.first,
      !watch.baseline.isLearning
    {
      let days = max(0, Double(watch.baseline.now - habits.firstSeen) / 86_400)
      let subjects = habits.subjects == 1 ? "1 subject" : "\(habits.subjects) subjects"
      report.note(
        .newDestination, "destination_new",
        value: .word("\(NumberText.fixed(days, places: 1)) days, \(subjects)"), threshold: limit,
        holds: isFew(habits), "destination new here, used by \(subjects)")
      let isAnyNew = there.shown.contains { isNew($0.firstSeen, watch.baseline) }
      report.change { $0.isDestinationNew = isAnyNew }
    } else {
      report.lack(.newDestination, "destination_new", threshold: limit)
    }
    let many = TestResult.Value.count(UInt64(ContextReport.manySubjects))
    guard let all = there.all, let subjects = all.map(\.subjects).min() else {
      report.lack(.commonDestination, "destination_common", threshold: many)
      return
    }
    let isElsewhere = all.allSatisfy { $0.otherHosts > 0 }
    report.note(
      .commonDestination, "destination_common",
      value: .count(UInt64(clamping: subjects)), threshold: many,
      holds: all.allSatisfy { $0.subjects >= ContextReport.manySubjects || $0.otherHosts > 0 },
      isElsewhere
        ? "destination common in an imported baseline"
        : "destination used by \(subjects) subjects or more")
  }

  /// R7.
  func noteNames(
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
  func notePort(_ assessment: Assessment, _ report: inout ContextReport) {
    guard let contradicts = assessment.contradictsPort else {
      report.lack(.portContradiction, "contradicts_port", threshold: .flag(true))
      return
    }
    report.note(
      .portContradiction, "contradicts_port", value: .flag(contradicts), threshold: .flag(true),
      holds: contradicts, "first bytes are not what the port promises")
  }

  /// L3.
  func noteScope(
    _ scope: DestinationScope, isMetadata: Bool, _ report: inout ContextReport
  ) {
    report.note(
      .nearScope, "near_destination", value: .word(isMetadata ? "metadata" : scope.rawValue),
      threshold: .word("private, link_local or metadata"),
      holds: isMetadata || scope == .private || scope == .linkLocal,
      isMetadata ? "metadata destination" : "private or link-local destination")
  }

  /// L4; what a network-facing service is declared to do lowers nothing for what it starts.
  func noteInventory(
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
    let isDeclared = inventory.declares(
      DestinationPattern(assessment.pair.destination), name: name, for: service)
    let isBelowFacing = !Lineage(of: process, flows, watch.baseline, inventory).facing.isEmpty
    report.note(
      .declared, "inventory", value: .word(service.name), threshold: wanted,
      holds: isDeclared && !isBelowFacing, "declared in the inventory: \(service.name)")
  }
}
