// SPDX-License-Identifier: Apache-2.0

internal import Wire

// What programs do after they heard from somewhere: they start others, or what they fetched starts.
//
// A burst's record comes up to 3 s after the operations it tells of, and the facts of an executable
// after its exec. So an exec waits for 3 s before it is held against what was received before it.

/// An exec that waits for what happened before it to be known.
struct PendingExecution: Sendable {
  let event: ProcessEvent
  /// Nearest first.
  let ancestors: [Ancestor]
  /// The image that forked it, and its place.
  let parent: (slot: Int, key: ImageKey)?
}

/// Execs in the order they happened, bounded.
struct PendingExecutions: Sendable {
  static let capacity = 4_096

  private var queue: [PendingExecution] = []
  private var head = 0
  private(set) var evictions: UInt64 = 0

  var count: Int { queue.count - head }
  var first: PendingExecution? { head < queue.count ? queue[head] : nil }

  mutating func append(_ execution: PendingExecution) {
    if count >= Self.capacity {
      evictions &+= 1
      removeFirst()
    }
    queue.append(execution)
  }

  mutating func countEviction() { evictions &+= 1 }

  mutating func removeFirst() {
    head += 1
    guard head > 256, head * 2 > queue.count else { return }
    queue.removeFirst(head)
    head = 0
  }
}

extension FlowTable {
  /// A child that starts within this time of received bytes answers to them.
  static let answerSeconds = 5.0
  /// A file that was fetched is run within this time of the visit.
  static let droppedFileNanoseconds: UInt64 = 60_000_000_000

  /// Remembers an exec that may be a reaction; most are none, and cost nothing more.
  mutating func awaitReaction(_ execution: Execution) {
    let event = execution.event
    var parent: (slot: Int, key: ImageKey)?
    if let forked = execution.ancestors.first?.process,
      let slot = processes.newestImageSlot(of: forked),
      !processes[slot].recentSockets.entries.isEmpty
    {
      parent = (slot, processes[slot].key)
    }
    let isOutsideSystem = event.facts.executable.map { !$0.isInSystemDirectory } ?? false
    guard parent != nil || (isOutsideSystem && visits.count > 0) else { return }
    executions.append(
      PendingExecution(event: event, ancestors: execution.ancestors, parent: parent))
  }

  /// Programs from where users can write that are held against all visits, per second; a host that
  /// starts more of them builds software.
  static let fetchedPerSecond = 32

  /// Tells the reactions that are now known; called about once a second.
  mutating func tellReactions(observer: inout some FlowObserver) {
    var fetched = 0
    while let pending = executions.first,
      now.nanoseconds(since: pending.event.time) > Self.lateNanoseconds
    {
      executions.removeFirst()
      tellAnswers(pending, observer: &observer)
      guard let file = writableFile(of: pending) else { continue }
      fetched += 1
      if fetched <= Self.fetchedPerSecond {
        tellFetched(pending, file, observer: &observer)
      } else {
        executions.countEviction()
      }
    }
  }

  private func tellAnswers(_ pending: PendingExecution, observer: inout some FlowObserver) {
    guard let parent = pending.parent, processes[parent.slot].key == parent.key else { return }
    let time = pending.event.time
    var told: [Pair] = []
    for entry in processes[parent.slot].recentSockets.entries where !told.contains(entry.pair) {
      let live = socketSlots.slot(of: entry.socket).map { sockets[$0].receipts }
      guard (live ?? entry.receipts).isReceived(within: Self.answerSeconds, before: time) else {
        continue
      }
      told.append(entry.pair)
      observer.reacted(
        Reaction(pair: entry.pair, kind: .child, time: time, visitedAt: nil))
    }
  }

  /// The facts of a program that runs from where users can write, or from memory; nil of others.
  private func writableFile(of pending: PendingExecution) -> ExecutableFacts? {
    guard visits.count > 0, let path = pending.event.facts.executable,
      let slot = processes.imageSlot(of: pending.event.image)
    else { return nil }
    let file = processes[slot].context?.facts ?? ExecutableFacts()
    let isWritable =
      file.state == .memfd || path.isInWritablePlace || file.isDirectoryWritable == true
    return isWritable ? file : nil
  }

  /// Holds such a program against the visits of the minute before its exec.
  private func tellFetched(
    _ pending: PendingExecution, _ file: ExecutableFacts, observer: inout some FlowObserver
  ) {
    let chain = pending.ancestors.map(\.process)
    let unit = pending.event.facts.unit.map(PathText.unitFamily)
    var last: (image: ImageKey, isRelated: Bool)?
    var reactions: [Reaction] = []
    visits.forEach(within: Self.droppedFileNanoseconds, before: pending.event.time) { visit in
      let isRelated =
        last?.image == visit.image
        ? last?.isRelated == true : isFromInitiator(of: visit.image, chain, unit)
      last = (visit.image, isRelated)
      guard isRelated else { return }
      // Of a pair's visits the first one: the file is new since then or since none.
      if let known = reactions.firstIndex(where: { $0.pair == visit.pair }) {
        reactions[known].visitedAt = visit.time
        return
      }
      reactions.append(
        Reaction(
          pair: visit.pair,
          kind: file.state == .memfd ? .memory : .file(modified: file.modified),
          time: pending.event.time, visitedAt: visit.time))
    }
    for reaction in reactions.reversed() { observer.reacted(reaction) }
  }

  /// Whether a lineage descends from what started the visitor: the same process, and of a service
  /// manager's the same unit.
  private func isFromInitiator(
    of visitor: ImageKey, _ chain: [ProcessKey], _ unit: ByteString?
  ) -> Bool {
    guard let slot = processes.imageSlot(of: visitor), let event = processes[slot].event else {
      return false
    }
    let ancestors = processes[slot].ancestors
    // Most lineages meet nowhere, or in the first process alone.
    guard ancestors.contains(where: { chain.contains($0.process) }),
      let started = initiatorStep(of: event.facts, ancestors), chain.contains(started.process)
    else { return false }
    guard case .unit(let family)? = started.initiator.script else {
      return started.process.pid != 1
    }
    return unit == family
  }
}
