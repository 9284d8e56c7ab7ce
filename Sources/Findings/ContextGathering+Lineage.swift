// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Wire

// What runs around the process: above it, after its visits, and beside it on its socket.

extension ContextGathering {
  /// R3.
  func noteLineage(
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
  func noteReactions(
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

  /// R9.
  func noteOpener(
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
}
