// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

// A subject acts again: its pairs go on where they stood, in this stream and in its recording.

extension Watch {
  /// Rows of an event that tells what a live sensor kept of pairs.
  mutating func remember(_ event: BaselineEvent) {
    guard let bytes = event.facts.rows?.bytes, let rows = StateRow.unpack(bytes) else { return }
    for row in rows where row.kind >= PairMemory.RowKind.pairBase { memory.take(row) }
  }

  mutating func resume(_ identity: Subject, as number: SubjectID, at time: KernelInstant) {
    guard memory.rows > 0 else { return }
    let text = "\(identity)"
    guard let rows = memory.claim(text) else { return }
    let watched = memory.watchedUntil.map { [PairMemory.watched(until: $0)] } ?? []
    baseline.tell(watched + rows, of: text, at: time)
    for row in rows { resume(row, number) }
  }

  private mutating func resume(_ row: StateRow, _ number: SubjectID) {
    guard let (destination, extra) = PairMemory.destination(row) else {
      memory.unreadable += 1
      return
    }
    let pair = Pair(subject: number, destination: destination)
    memory.note(row.key, at: PairMemory.Place(kind: row.kind, pair: pair))
    if row.kind >= PairMemory.RowKind.finding {
      guard let analytic = Analytic(rawValue: extra),
        let finding = ResumedFinding(row, analytic, destination)
      else {
        memory.unreadable += 1
        return
      }
      memory.hold(finding, FindingStore.Key(analytic: analytic, pair: pair), of: row)
      return
    }
    guard let state = PairMemory.state(row),
      behaviours.resume(
        state, for: pair, absence: absenceSeconds, epochNanoseconds: epochNanoseconds)
    else {
      memory.unreadable += 1
      return
    }
  }

  /// How long nobody watched before this stream.
  private var absenceSeconds: Double {
    guard let until = memory.watchedUntil, let startedAt else { return 0 }
    let start = epochNanoseconds.addingReportingOverflow(Int64(clamping: startedAt.nanoseconds))
    let gap = start.partialValue.subtractingReportingOverflow(until)
    return start.overflow || gap.overflow ? 0 : max(Double(gap.partialValue) / 1e9, 0)
  }
}
