// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What this host's subjects normally do, as far as the stream has shown it.
///
/// It learns from the same moments that the analytics judge by, and knows no clock: days are those
/// of event time in UTC. What a live sensor knew from before enters as `baseline` events, so that a
/// replay judges as the live sensor did.
public struct HostBaseline: FlowObserver, Sendable {
  /// How long a host is only looked at before what is unusual on it counts.
  public static let learningSeconds: Int64 = 7 * 86_400
  /// Days over which a subject's activity is counted.
  public static let activityDays = 14

  /// Unix nanoseconds of boot time 0.
  private var epochNanoseconds: Int64
  /// Unix seconds of the first thing it knows; nil before.
  public private(set) var since: Int64?
  /// Unix seconds of event time.
  public private(set) var now: Int64 = 0
  private var subjects: [SubjectID: (habits: SubjectHabits, days: DaySet, inbound: DaySet)] = [:]
  private var pairs: [Pair: (first: Int64, days: DaySet)] = [:]
  private var destinations: [Destination: (first: Int64, subjects: Set<SubjectID>)] = [:]

  public init(epochNanoseconds: Int64) {
    self.epochNanoseconds = epochNanoseconds
  }

  /// Whether what is unusual here is not yet known: the first week.
  public var isLearning: Bool { now - (since ?? now) < Self.learningSeconds }

  public func habits(of subject: SubjectID) -> SubjectHabits? {
    guard let known = subjects[subject] else { return nil }
    var habits = known.habits
    habits.activeDays = known.days.count(upTo: today, window: Self.activityDays)
    habits.isNetworkFacing = known.inbound.count(upTo: today) >= 2
    return habits
  }

  public func habits(of pair: Pair) -> PairHabits? {
    pairs[pair].map { PairHabits(firstSeen: $0.first, familiarDays: $0.days.count(upTo: today)) }
  }

  public func habits(of destination: Destination) -> DestinationHabits? {
    destinations[destination].map {
      DestinationHabits(firstSeen: $0.first, subjects: $0.subjects.count)
    }
  }

  /// A finding on the pair opened or closed: while one is open its days are not familiar ones.
  public mutating func setTainted(_ isTainted: Bool, _ pair: Pair) {}

  // MARK: Flow observer

  public mutating func requested(_ request: Request) {
    advance(to: request.time)
    let pair = request.pair
    var known =
      subjects[pair.subject] ?? (SubjectHabits(firstSeen: now), DaySet(), DaySet())
    known.days.mark(today)
    subjects[pair.subject] = known
    var habit = pairs[pair] ?? (now, DaySet())
    habit.days.mark(today)
    pairs[pair] = habit
    var destination = destinations[pair.destination] ?? (now, [])
    if destination.subjects.count < DestinationHabits.subjectLimit {
      destination.subjects.insert(pair.subject)
    }
    destinations[pair.destination] = destination
  }

  public mutating func failed(_ pair: Pair, on socket: Socket) {}
  public mutating func exchanged(_ exchange: Exchange) {}
  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
  public mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}

  public mutating func accepted(_ socket: Socket, by subject: SubjectID, at now: KernelInstant) {
    advance(to: now)
    guard socket.scope != .loopback else { return }
    var known = subjects[subject] ?? (SubjectHabits(firstSeen: self.now), DaySet(), DaySet())
    known.inbound.mark(today)
    subjects[subject] = known
  }

  private var today: Int32 { Int32(clamping: now / 86_400) }

  private mutating func advance(to time: KernelInstant) {
    let wall = epochNanoseconds.addingReportingOverflow(Int64(clamping: time.nanoseconds))
    now = max(now, (wall.overflow ? .max : wall.partialValue) / 1_000_000_000)
    since = min(since ?? now, now)
  }
}
