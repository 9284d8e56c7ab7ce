// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// The addresses that a behaviour towards several of them may have gone through.
public struct Carriers: Hashable, Sendable {
  /// One address, taken together with its neighbours.
  public struct Carrier: Hashable, Sendable {
    /// Nil where nothing is kept of it.
    public var destination: DestinationHabits?
    public var familiarDays: Int
    /// One of those that were asked for; the others were only visited meanwhile.
    public var isShown: Bool

    fileprivate var rank: (Int64, Int, Int, Int) {
      (
        destination?.firstSeen ?? 0, familiarDays, destination?.subjects ?? 0,
        destination?.otherHosts ?? 0
      )
    }
  }

  public var known: [Carrier] = []
  /// What was asked for is among them.
  public var isWhole = false
}

// What an address is taken together with: the subject's other addresses in its /24 or /64 at the same
// port, and where DNS gave it the name that it was reached by, those of which that is true too. So the
// addresses that a large service changes day by day are one place. A name in a hello alone makes no
// address a familiar one: a client may say any.

extension HostBaseline {
  /// What is known of the addresses that carried what a wide pair did; nil where the stream has shown
  /// none of the pair's.
  ///
  /// `shown` are those that are known to have. With a time others that were visited since count too.
  public func carriers(
    of pair: Pair, shown: [Endpoint], since time: KernelInstant?
  ) -> Carriers? {
    guard let subject = toldSubject(pair.subject) else { return nil }
    let slots = toldMembers(of: pair)
    guard !slots.isEmpty else { return nil }
    var places: [Place: Together] = [:]
    for slot in slots {
      let alone = together(slot)
      for place in self.places(of: slot) { places[place, default: Together()].merge(alone) }
    }
    let shown = Set(shown)
    let earliest = time.map { clock.seconds($0) - Self.seenStep } ?? .max
    let isNeverFamiliar = subjects[subject].record.isNeverFamiliar
    var found: [[Place]: Carriers.Carrier] = [:]
    var missing = shown
    for slot in slots {
      let remote = pairs[slot].key.destination.endpoint
      let isShown = missing.remove(remote) != nil || shown.contains(remote)
      guard isShown || pairs[slot].record.lastSeen >= earliest else { continue }
      let key = self.places(of: slot)
      if found[key] == nil {
        var all = together(slot)
        for place in key { if let others = places[place] { all.merge(others) } }
        found[key] = Carriers.Carrier(
          destination: all.habits,
          familiarDays: isNeverFamiliar ? 0 : all.familiar.count(upTo: today), isShown: false)
      }
      if isShown { found[key]?.isShown = true }
    }
    // The order of a dictionary is no order: the youngest stands first.
    return Carriers(known: found.values.sorted { $0.rank > $1.rank }, isWhole: missing.isEmpty)
  }

  /// What makes addresses one.
  private enum Place: Hashable {
    case neighbours(Destination)
    case name(UInt64)
  }

  private func places(of slot: Int) -> [Place] {
    let destination = pairs[slot].key.destination
    let network = Destination(networkOf: destination.endpoint) ?? destination
    let record = pairs[slot].record
    guard record.isResolved, let name = record.name else { return [.neighbours(network)] }
    return [.neighbours(network), .name(name)]
  }

  /// What is known of some addresses, as of one.
  private struct Together {
    var familiar = DaySet()
    var destination: DestinationRecord?
    var otherHosts = Int.max

    var habits: DestinationHabits? {
      guard let destination else { return nil }
      var habits = DestinationHabits(
        firstSeen: destination.firstSeen, subjects: destination.subjects)
      habits.otherHosts = otherHosts
      return habits
    }

    mutating func merge(_ other: Together) {
      familiar.formUnion(other.familiar)
      guard let record = other.destination else { return }
      otherHosts = min(otherHosts, other.otherHosts)
      if destination?.merge(record) == nil { destination = record }
    }
  }

  private func together(_ slot: Int) -> Together {
    var one = Together()
    one.familiar = pairs[slot].record.days.subtracting(pairs[slot].record.tainted)
    if let known = destinations.toldSlot(of: pairs[slot].key.destination),
      destinations[known].record.firstSeen != .max
    {
      one.destination = destinations[known].record
      one.otherHosts = destinations[known].record.otherHosts.count
    }
    return one
  }
}
