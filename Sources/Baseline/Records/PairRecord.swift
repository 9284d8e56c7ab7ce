// SPDX-License-Identifier: Apache-2.0

/// All that is kept between one subject and one destination.
struct PairRecord: Hashable, Sendable {
  /// Unix seconds.
  var firstSeen: Int64
  var lastSeen: Int64
  var days = DaySet()
  /// Days that are not familiar ones: a finding was open, or the code came from where it should not.
  var tainted = DaySet()
  /// The name that the address was reached by, as a number; 0 where there were several.
  private(set) var name: UInt64?
  /// DNS gave that name this address; else only who connected says so.
  private(set) var isResolved = false

  init(firstSeen: Int64) {
    self.firstSeen = firstSeen
    lastSeen = firstSeen
  }

  func familiarDays(upTo day: Int32) -> Int {
    days.subtracting(tainted).count(upTo: day)
  }

  mutating func note(name number: UInt64, isResolved: Bool = false) {
    name = name == nil || name == number ? number : 0
    self.isResolved = name != 0 && (self.isResolved || isResolved)
  }

  mutating func merge(_ other: PairRecord) {
    firstSeen = min(firstSeen, other.firstSeen)
    if let name = other.name { note(name: name, isResolved: other.isResolved) }
    lastSeen = max(lastSeen, other.lastSeen)
    days.formUnion(other.days)
    tainted.formUnion(other.tainted)
  }
}

/// All that is kept of one destination.
struct DestinationRecord: Hashable, Sendable {
  /// Unix seconds; the largest there is where only other hosts know it.
  var firstSeen: Int64
  var lastSeen: Int64
  /// Distinct subjects by the hash of their text, in order; at most eight.
  var users: [UInt64] = []
  /// Told by an event that only counted them.
  var toldUsers = 0
  /// Other hosts' baselines that know it, by the hash of their name, in order; at most 64.
  var otherHosts: [UInt64] = []

  static let hostLimit = 64

  init(firstSeen: Int64) {
    self.firstSeen = firstSeen
    lastSeen = firstSeen
  }

  /// True where the subject was not known to use it.
  mutating func note(user: UInt64) -> Bool {
    Self.insert(user, into: &users, limit: DestinationHabits.subjectLimit)
  }

  mutating func note(host: UInt64) -> Bool {
    Self.insert(host, into: &otherHosts, limit: Self.hostLimit)
  }

  private static func insert(_ value: UInt64, into list: inout [UInt64], limit: Int) -> Bool {
    guard list.count < limit, !list.contains(value) else { return false }
    list.insert(value, at: list.firstIndex { $0 > value } ?? list.endIndex)
    return true
  }

  mutating func merge(_ other: DestinationRecord) {
    firstSeen = min(firstSeen, other.firstSeen)
    lastSeen = max(lastSeen, other.lastSeen)
    for user in other.users { _ = note(user: user) }
    for host in other.otherHosts { _ = note(host: host) }
    toldUsers = max(toldUsers, other.toldUsers)
  }

  var subjects: Int { min(max(users.count, toldUsers), DestinationHabits.subjectLimit) }
}

/// Something that was seen once and again: an edge between executables, a name.
struct SeenRecord: Hashable, Sendable {
  /// Unix seconds.
  var firstSeen: Int64
  var lastSeen: Int64

  init(firstSeen: Int64) {
    self.firstSeen = firstSeen
    lastSeen = firstSeen
  }

  mutating func merge(_ other: SeenRecord) {
    firstSeen = min(firstSeen, other.firstSeen)
    lastSeen = max(lastSeen, other.lastSeen)
  }
}
