// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What this host's subjects normally do: learned from the stream, and from before it.
///
/// It learns from the same moments that the analytics judge by, and knows no clock: days are those
/// of event time in UTC. What a store has from before decides nothing until it is told: the moment
/// it first matters it becomes a `baseline` event, which a recording carries, so that a replay
/// without the store judges as the live sensor did.
public struct HostBaseline: Sendable {
  /// How long a host is only looked at before what is unusual on it counts.
  public static let learningSeconds: Int64 = 7 * 86_400
  /// What was first seen less than this ago is new.
  public static let newSeconds: Int64 = 7 * 86_400
  /// What a host does in its first day is not told apart from what it always does.
  public static let firstDaySeconds: Int64 = 86_400
  /// Days over which a subject's activity is counted.
  public static let activityDays = 14

  struct PairKey: Hashable, Sendable {
    /// The subject's slot.
    let subject: Int32
    let destination: Destination
  }

  struct Edge: Hashable, Sendable {
    let parent: ByteString
    let child: ByteString
  }

  let limits: BaselineLimits
  var clock: DatingClock
  /// When this stream began, in Unix seconds as it dates things; nil before the first event.
  var startedAt: Int64?
  /// Unix seconds of the first thing it knows; nil before.
  public internal(set) var since: Int64?
  /// Unix seconds of event time.
  public internal(set) var now: Int64 = 0
  /// Rows of a store or an event that could not be read.
  public internal(set) var unreadableRows: UInt64 = 0
  /// Rows from before this stream that were dated later than its clock, and got other dates.
  public internal(set) var redatedRows: UInt64 = 0

  var subjects: HabitTable<String, String, SubjectRecord>
  var pairs: HabitTable<PairKey, Int32, PairRecord>
  var destinations: HabitTable<Destination, Int32, DestinationRecord>
  var edges: HabitTable<Edge, ByteString, SeenRecord>
  var names: HabitTable<String, String, SeenRecord>
  /// Pairs with an open finding.
  var taints: HabitTable<Pair, SubjectID, SubjectID>
  /// Process images that run from where code should not (P3).
  var volatileImages: HabitTable<ImageKey, SubjectID, SubjectID>
  /// Several numbers may mean one subject: an older one lives on in the processes that have it.
  var slotOf: [SubjectID: Int32] = [:]

  /// A store keeps this baseline: changes are remembered and what it knew is told.
  var isKept = false
  var isOldestTold = true
  var removedRows: [BaselineRow] = []
  var told: [BaselineEvent] = []

  public init(epochNanoseconds: Int64, limits: BaselineLimits = BaselineLimits()) {
    clock = DatingClock(epochNanoseconds: epochNanoseconds)
    self.limits = limits
    subjects = HabitTable(limit: limits.subjects)
    pairs = HabitTable(limit: limits.pairs)
    destinations = HabitTable(limit: limits.destinations)
    edges = HabitTable(limit: limits.edges)
    names = HabitTable(limit: limits.names)
    taints = HabitTable(limit: limits.taints)
    volatileImages = HabitTable(limit: limits.taints)
  }

  // MARK: What a verdict asks

  /// Whether what is unusual here is not yet known: the first week.
  public var isLearning: Bool { now - (since ?? now) < Self.learningSeconds }

  /// What a subject normally does; nil where the stream has not shown it.
  public func habits(of subject: SubjectID) -> SubjectHabits? {
    guard let slot = toldSubject(subject) else { return nil }
    return habits(of: subjects[slot].record)
  }

  func habits(of record: SubjectRecord) -> SubjectHabits {
    var habits = SubjectHabits(firstSeen: record.firstSeen)
    habits.activeDays = record.active.count(upTo: today, window: Self.activityDays)
    habits.isNetworkFacing = record.isNetworkFacing || record.inbound.count(upTo: today) >= 2
    habits.sentP99Bytes = record.p99(at: now)
    habits.users = record.users
    if !record.protocols.isEmpty {
      habits.protocols = Set(
        record.protocols.filter { now - $0.firstSeen >= Self.newSeconds }.map(\.name))
    }
    return habits
  }

  /// What is usual between a subject and a destination; nil where the stream has not shown it.
  public func habits(of pair: Pair) -> PairHabits? {
    guard let subject = toldSubject(pair.subject) else { return nil }
    guard !pair.destination.isWide else { return wideHabits(of: pair, subject) }
    guard
      let slot = pairs.toldSlot(
        of: PairKey(subject: Int32(subject), destination: pair.destination))
    else { return nil }
    let record = pairs[slot].record
    let isNeverFamiliar = subjects[subject].record.isNeverFamiliar
    return PairHabits(
      firstSeen: record.firstSeen,
      familiarDays: isNeverFamiliar ? 0 : record.familiarDays(upTo: today))
  }

  /// What is known of a destination; nil where the stream has not shown it.
  public func habits(of destination: Destination) -> DestinationHabits? {
    guard let slot = destinations.toldSlot(of: destination) else { return nil }
    let record = destinations[slot].record
    guard record.firstSeen != .max else { return nil }
    var habits = DestinationHabits(firstSeen: record.firstSeen, subjects: record.subjects)
    habits.otherHosts = record.otherHosts.count
    return habits
  }

  /// Whether one executable first started the other less than a week ago, by their paths.
  ///
  /// Nil while the host is known for less than a day, and for what it did on that day it is false.
  public func isEdgeNew(parent: ByteString, child: ByteString) -> Bool? {
    guard let since, now - since >= Self.firstDaySeconds else { return nil }
    guard let slot = edges.toldSlot(of: Edge(parent: parent, child: child)) else { return true }
    let first = edges[slot].record.firstSeen
    return now - first < Self.newSeconds && first - since >= Self.firstDaySeconds
  }

  /// Whether a DNS answer on this host ever gave the name an address.
  ///
  /// Nil where it did not and none was seen at all, or the host is known for less than a day.
  public func wasResolved(_ name: String) -> Bool? {
    if names.toldSlot(of: Self.canonical(name)) != nil { return true }
    guard hasSeenNames, let since, now - since >= Self.firstDaySeconds else { return nil }
    return false
  }

  /// A DNS answer was seen in this stream.
  var hasSeenNames = false

  // MARK: Metrics

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      subjects.row(named: "baseline_subjects"), pairs.row(named: "baseline_pairs"),
      destinations.row(named: "baseline_destinations"), edges.row(named: "baseline_edges"),
      names.row(named: "baseline_names"), taints.row(named: "baseline_taints"),
      volatileImages.row(named: "baseline_volatile"),
    ]
  }

  /// All of them together: a host's metrics have room for one row.
  public var total: (name: String, count: Int, limit: Int, evictions: UInt64) {
    tables.reduce(into: ("baseline", 0, 0, 0)) { total, table in
      total.1 += table.count
      total.2 += table.limit
      total.3 &+= table.evictions
    }
  }

  /// Subjects that are known, those of the store included.
  public var subjectCount: Int { subjects.slots.count }

  /// Destinations that are known, those of the store and of other hosts included.
  public var destinationCount: Int { destinations.slots.count }

  /// Seconds since the first thing it knows; nil where it knows nothing.
  public var ageSeconds: Int64? { since.map { now - $0 } }

  // MARK: Days and names

  var today: Int32 { Int32(clamping: now / 86_400) }

  func toldSubject(_ number: SubjectID) -> Int? {
    guard let slot = slotOf[number].map(Int.init), subjects[slot].isTold else { return nil }
    return slot
  }

  /// Names are equal whatever their case, with and without the root's dot.
  static func canonical(_ name: String) -> String {
    let lower = name.lowercased()
    return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
  }
}
