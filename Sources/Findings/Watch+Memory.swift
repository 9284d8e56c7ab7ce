// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

// A subject acts again: its pairs go on where they stood, in this stream and in its recording.

extension Watch {
  /// The stream's first event: what a store knows begins with the end of the last run.
  mutating func begin(with event: Event) {
    let time = event.time
    startedAt = time
    guard memory.hasStore else {
      // A recording may have it as its first line.
      if event.kind != .baseline { baseline.begin(at: time, after: nil, reading: nil) }
      return
    }
    baseline.begin(at: time, after: memory.watchedUntil, reading: memory.watchedReading)
    if let until = memory.watchedUntil {
      baseline.tell(
        [PairMemory.watched(until: until, reading: memory.watchedReading)], of: "", at: time)
    }
    follow()
  }

  /// The wall clock was stepped.
  mutating func record(_ step: ClockEvent) {
    baseline.record(step)
    reactions.record(step)
    follow()
  }

  /// What is kept of pairs is dated as the baseline dates.
  mutating func follow() {
    let epoch = baseline.epochNanoseconds
    guard epoch != epochNanoseconds else { return }
    let seconds = (Double(epoch) - Double(epochNanoseconds)) / 1e9
    behaviours.move(bySeconds: seconds)
    epochNanoseconds = epoch
    // What was saved has other dates; a second is no reason to save all of it again.
    if abs(seconds) >= 1 { memory.owesAll = true }
  }

  /// Rows of an event that tells what a live sensor kept of pairs.
  mutating func remember(_ event: BaselineEvent) {
    guard let bytes = event.facts.rows?.bytes, let rows = StateRow.unpack(bytes) else { return }
    for row in rows
    where row.kind >= PairMemory.RowKind.pairBase && row.kind <= PairMemory.RowKind.watched {
      memory.take(row)
    }
    if let until = memory.watchedUntil {
      baseline.begin(at: event.time, after: until, reading: memory.watchedReading)
    }
  }

  mutating func resume(_ identity: Subject, as number: SubjectID, at time: KernelInstant) {
    guard memory.rows > 0 else { return }
    let text = "\(identity)"
    guard let rows = memory.claim(text) else { return }
    baseline.tell(rows, of: text, at: time)
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
        state, for: pair, absence: absenceSeconds, epochNanoseconds: epochNanoseconds,
        latest: baseline.time.advanced(byNanoseconds: 86_400_000_000_000))
    else {
      memory.unreadable += 1
      return
    }
  }

  /// How long nobody watched before this stream; where the clock cannot tell, too long for any
  /// interval.
  private var absenceSeconds: Double {
    guard !baseline.isClockDoubted else { return 1e9 }
    guard let until = memory.watchedUntil, let startedAt else { return 0 }
    let start = epochNanoseconds.addingReportingOverflow(Int64(clamping: startedAt.nanoseconds))
    let gap = start.partialValue.subtractingReportingOverflow(until)
    return start.overflow || gap.overflow ? 0 : max(Double(gap.partialValue) / 1e9, 0)
  }
}
