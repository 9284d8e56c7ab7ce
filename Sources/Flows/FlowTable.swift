// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Sockets and processes of one stream: who opened, who acted, how much, towards whom.
///
/// It knows no clock: time is the largest event time seen. The same events give the same state
/// and the same calls of the observer, on every machine, every time. Every table is bounded.
public struct FlowTable: Sendable {
  public let limits: FlowLimits
  public internal(set) var counters = FlowCounters()
  public internal(set) var ledger = RecordLedger()
  public internal(set) var transfers: ProcessTransfers
  /// Event time: the largest `t` so far.
  public internal(set) var now: KernelInstant = .zero

  /// A `t` further back than this is late; ring order itself steps back by less.
  static let lateNanoseconds: UInt64 = 3_000_000_000
  /// The pause that ends a visit.
  static let pauseNanoseconds: UInt64 = 1_000_000_000
  /// A full round over all sockets takes so many seconds of event time.
  static let sweepSeconds = 60

  var processes: ProcessTable
  var executables: KnownExecutables
  var subjects: SubjectTable
  var socketSlots: FairSlots<SocketID, SubjectID?>
  var sockets: [Socket] = []
  var heads: SocketHeads
  var names: AddressNames
  var destinations: KnownDestinations
  var forwarders: Forwarders
  var visits = RecentVisits()
  var executions = PendingExecutions()
  var nextSweep: KernelInstant?
  var sweepCursor = 0

  public init(limits: FlowLimits = FlowLimits()) {
    self.limits = limits
    processes = ProcessTable(capacity: limits.processes, grace: limits.exitGrace)
    executables = KnownExecutables(capacity: limits.executables)
    subjects = SubjectTable(capacity: limits.subjects, memory: limits.subjectMemory)
    socketSlots = FairSlots(capacity: limits.sockets)
    heads = SocketHeads(capacity: limits.heads)
    names = AddressNames(capacity: limits.names)
    destinations = KnownDestinations(capacity: limits.destinations)
    forwarders = Forwarders(capacity: limits.forwarders)
    transfers = ProcessTransfers(capacity: limits.processNames)
  }

  /// Takes one event into account and tells the observer what it meant.
  public mutating func apply(_ event: Event, observer: inout some FlowObserver) {
    // Nine events in ten are bursts.
    switch event {
    case .burst(let burst): apply(burst, observer: &observer)
    case .baseline(let known):
      // No record, and told in front of an event whose time may be another: time waits for that.
      count(told: 1)
      observer.recalled(known)
    default:
      counters.eventCounts[event.kind.index] &+= 1
      advance(to: event.time, observer: &observer)
      recordRare(event, observer: &observer)
    }
  }

  /// The same for a burst that is not wrapped in an event: a source that has one need not copy it.
  public mutating func apply(_ burst: BurstEvent, observer: inout some FlowObserver) {
    counters.eventCounts[EventKind.burst.index] &+= 1
    advance(to: burst.last, observer: &observer)
    record(burst, observer: &observer)
  }

  /// Counts events that an observer brought into the stream, as if they had come with it.
  ///
  /// The ledger has records only: a recording has these elsewhere in time than the live stream.
  public mutating func count(told events: Int) {
    counters.eventCounts[EventKind.baseline.index] &+= UInt64(events)
  }

  private mutating func recordRare(_ event: Event, observer: inout some FlowObserver) {
    switch event {
    case .connect(let connect): record(connect, observer: &observer)
    case .connected(let connected): record(connected)
    case .closed(let closed): record(closed, observer: &observer)
    case .final(let final): record(final, observer: &observer)
    case .audit(let audit): record(audit: audit)
    case .accept(let accept): record(accept, observer: &observer)
    case .adopt(let adopt): record(adopt, observer: &observer)
    case .head(let head): record(head, observer: &observer)
    case .name(let name):
      record(name)
      observer.resolved(name)
    case .process(let process): record(process, observer: &observer)
    case .context(let context): record(context, observer: &observer)
    case .fork(let fork): processes.record(fork)
    case .exit(let exit): processes.record(exit)
    case .lost(let lost):
      let (sum, overflow) = counters.lostCounts[lost.stage.index]
        .addingReportingOverflow(lost.records)
      counters.lostCounts[lost.stage.index] = overflow ? .max : sum
      ledger.count(lost: lost.records, at: now)
    case .reset(let reset):
      let local = subject(of: .unattributed, from: reset.local.address, observer: &observer)
      let pair = Pair(subject: local, destination: Destination(anyPortOf: reset.remote.address))
      observer.rejected(reset, pair)
    case .burst, .baseline, .gap, .tick, .clock: break
    }
  }

  @inline(__always)
  private mutating func advance(to time: KernelInstant, observer: inout some FlowObserver) {
    if time > now {
      now = time
    } else if now.nanoseconds(since: time) > Self.lateNanoseconds {
      counters.lateEvents &+= 1
    }
    ledger.count(at: now)
    guard let due = nextSweep else {
      nextSweep = now.advanced(byNanoseconds: Self.pauseNanoseconds)
      return
    }
    if now >= due { sweep(since: due, observer: &observer) }
  }

  /// Brings the derived totals up to date, for a reader at the end of a stream or of a scrape.
  public mutating func settle() {
    transfers.rank()
  }

  public var socketCount: Int { socketSlots.count }

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("sockets", socketSlots.count, socketSlots.capacity, socketSlots.evictions),
      ("processes", processes.count, processes.capacity, processes.evictions),
      (
        "executables", executables.slots.count, executables.slots.capacity,
        executables.slots.evictions
      ),
      ("subjects", subjects.slots.count, subjects.slots.capacity, subjects.slots.evictions),
      ("names", names.count, names.capacity, names.evictions),
      ("heads", heads.slots.count, heads.slots.capacity, heads.slots.evictions),
      (
        "destinations", destinations.slots.count, destinations.slots.capacity,
        destinations.slots.evictions
      ),
      (
        "forwarders", forwarders.slots.count, forwarders.slots.capacity,
        forwarders.slots.evictions
      ),
      ("visits", visits.count, RecentVisits.capacity, visits.evictions),
      ("executions", executions.count, PendingExecutions.capacity, executions.evictions),
    ]
  }
}

/// A socket key without its label: plain numbers, for indexes.
public struct SocketID: Hashable, BitwiseCopyable, Sendable {
  public let cookie: UInt64
  public let generation: UInt64

  public init(cookie: UInt64, generation: UInt64) {
    self.cookie = cookie
    self.generation = generation
  }

  public init(_ key: SocketKey) {
    cookie = key.cookie
    generation = key.generation
  }
}
