// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Protocols

// What the subject usually does, speaks and visits.

extension ContextGathering {
  /// R2.
  func noteSubject(_ pair: Pair, _ watch: Watch, _ report: inout ContextReport) {
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

  /// R6: a familiar subject speaks what it has not spoken for a week.
  func noteProtocol(
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

  /// L1.
  func noteFamiliarity(_ there: UsualThere, _ report: inout ContextReport) {
    let enough = TestResult.Value.count(UInt64(ContextReport.familiarPairDays))
    guard let days = there.familiarDays, let provenance = report.context.provenance
    else {
      report.lack(.familiarPair, "familiar_days", threshold: enough)
      return
    }
    report.note(
      .familiarPair, "familiar_days", value: .count(UInt64(clamping: days)), threshold: enough,
      holds: days >= ContextReport.familiarPairDays && provenance <= .administrator,
      "went there on \(days) days before")
  }
}
