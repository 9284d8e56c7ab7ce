// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

// What follows a pair's visits: the raises R4 and R5 of docs/findings.md.
//
// Question  Does something on this host obey what this pair brings?
// Formula   R4: a child's exec within 5 s of received bytes in 3 of the last 10 visits, or a file
//           from a writable directory, written since a visit, run within 60 s of it by a descendant
//           of what started the visitor. R5: standard output that is a pipe into an interpreter
//           without a script, by the pipe's inode, or by the process group where that is unknown.
// Misses    commands that the process carries out itself; files whose time of modification was set
//           back (`wget` sets the server's); scripts, whose time no event tells; a second program
//           between the pipe's two ends.

/// Remembers, for the pairs that show any of it, what followed their last ten visits.
public struct Reactions: FlowObserver, Sendable {
  /// The table of pairs, most of which never enter it.
  public static let pairLimit = 16_384
  /// Processes with a pipe at their end, and pipes with an interpreter at theirs.
  public static let pipeLimit = 1_024

  /// What joins a pipeline's processes.
  private enum Link: Hashable, Sendable {
    case pipe(UInt64)
    case group(UInt32)
  }

  /// One process's end of a pipeline; a stream that is not known has no inode.
  private struct End: Sendable {
    var inode: UInt64?
    var group: UInt32?
    var time: KernelInstant
  }

  /// What a pair's last ten visits were followed by.
  public struct Summary: Hashable, Sendable {
    public var children = 0
    public var files = 0
    public var piped = 0

    public init() {}
  }

  private var pairs: PairTable<PairReactions>
  private var writers = RecentTable<ImageKey, End>(limit: pipeLimit)
  private var readers = RecentTable<Link, End>(limit: 2 * pipeLimit)
  /// Unix nanoseconds of boot time 0.
  private var epochNanoseconds: Int64
  /// Pairs of which more is known than when they were last asked for.
  public private(set) var news: [Pair] = []

  public init(epochNanoseconds: Int64, pairLimit: Int = Reactions.pairLimit) {
    self.epochNanoseconds = epochNanoseconds
    pairs = PairTable(limit: pairLimit)
  }

  /// Nil for a pair without any; one that stands for several remotes has what its subject has.
  public func summary(of pair: Pair) -> Summary? {
    let key = pair.destination.isWide ? Self.subjectWide(pair) : pair
    guard pairs.count > 0, let slot = pairs.slot(of: key) else { return nil }
    var summary = Summary()
    summary.children = pairs[slot].children
    summary.files = pairs[slot].files
    summary.piped = pairs[slot].piped
    return summary
  }

  public mutating func removeNews() {
    news.removeAll(keepingCapacity: true)
  }

  /// The wall clock was stepped.
  public mutating func record(_ step: ClockEvent) {
    let boot = Int64(clamping: step.time.nanoseconds)
    let (difference, overflow) = step.wallNanoseconds.subtractingReportingOverflow(boot)
    if !overflow { epochNanoseconds = difference }
  }

  // MARK: Flow observer

  public mutating func requested(_ request: Request) {
    if pairs.count > 0 {
      for key in [request.pair, Self.subjectWide(request.pair)] {
        if let slot = pairs.slot(of: key) { pairs[slot].visit(at: request.time) }
      }
    }
    notePipe(of: request.image, request.pair, at: request.time)
  }

  public mutating func failed(_ pair: Pair, on socket: Socket) {}
  public mutating func exchanged(_ exchange: Exchange) {}
  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}

  public mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    guard socket.role == .outbound, let principal = socket.principal,
      let pair = socket.pair(of: principal.subject)
    else { return }
    // The interpreter may have come after the connect.
    notePipe(of: principal.image, pair, at: socket.openedAt)
  }

  public mutating func executed(_ execution: Execution) {
    let facts = execution.event.facts
    let time = execution.event.time
    if facts.runsStandardInput == true, let end = end(facts.standardInput, facts, time) {
      if let inode = end.inode { readers.note(.pipe(inode), end) }
      if let group = end.group { readers.note(.group(group), end) }
    } else if let end = end(facts.standardOutput, facts, time) {
      writers.note(execution.event.image, end)
    }
  }

  public mutating func reacted(_ reaction: Reaction) {
    let kind: PairReactions.Kind
    switch reaction.kind {
    case .child: kind = .child
    case .memory: kind = .file
    case .file(let modified):
      guard isWritten(modified, since: reaction.visitedAt) else { return }
      kind = .file
    }
    mark(kind, reaction.pair, at: reaction.visitedAt ?? reaction.time)
  }

  /// Whatever its subject talks to at the same distance.
  private static func subjectWide(_ pair: Pair) -> Pair {
    Pair(subject: pair.subject, destination: .all(pair.destination.scope))
  }

  private mutating func mark(_ kind: PairReactions.Kind, _ pair: Pair, at time: KernelInstant) {
    let wide = slot(of: Self.subjectWide(pair), at: time)
    _ = pairs[wide].mark(kind, at: time)
    let slot = slot(of: pair, at: time)
    if pairs[slot].mark(kind, at: time) { news.append(pair) }
  }

  /// A file's time of modification is of the last timer tick before it was written.
  private static let tickNanoseconds: Int64 = 20_000_000

  private func isWritten(_ modified: Int64?, since visit: KernelInstant?) -> Bool {
    guard let visit, let modified else { return false }
    let (wall, overflow) = epochNanoseconds.addingReportingOverflow(
      Int64(clamping: visit.nanoseconds))
    return !overflow && modified >= wall - min(wall, Self.tickNanoseconds)
  }

  /// Nil for a stream that is no pipe.
  private func end(_ stream: StandardStream?, _ facts: ProcessFacts, _ time: KernelInstant) -> End?
  {
    switch stream {
    case .pipe(let inode): End(inode: inode, group: facts.processGroup, time: time)
    case .tty, .file, .socket, .null: nil
    case nil: facts.processGroup.map { End(inode: nil, group: $0, time: time) }
    }
  }

  /// Processes of a group begin together; a group's number may come again.
  private static let groupNanoseconds: UInt64 = 60_000_000_000

  /// By the pipe's inode; by the process group only where one end's inode is not known.
  private func feedsInterpreter(_ writer: End) -> Bool {
    if let inode = writer.inode, readers[.pipe(inode)] != nil { return true }
    guard let group = writer.group, let reader = readers[.group(group)],
      writer.inode == nil || reader.inode == nil
    else { return false }
    let (early, late) = (min(writer.time, reader.time), max(writer.time, reader.time))
    return late.nanoseconds(since: early) <= Self.groupNanoseconds
  }

  private mutating func notePipe(of image: ImageKey, _ pair: Pair, at time: KernelInstant) {
    guard writers.count > 0, readers.count > 0, let writer = writers[image],
      feedsInterpreter(writer)
    else { return }
    mark(.piped, pair, at: time)
  }

  private mutating func slot(of pair: Pair, at time: KernelInstant) -> Int {
    if let known = pairs.slot(of: pair) { return known }
    return pairs.insert(pair, PairReactions(at: time)) { $0.isStale(time) }
  }

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("reactions", pairs.count, pairs.limit, pairs.evictions),
      (
        "pipes", writers.count + readers.count, writers.limit + readers.limit,
        writers.evictions &+ readers.evictions
      ),
    ]
  }
}
