// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

// Destinations that stand for several addresses: networks, names, all remotes.
//
// They have no records of their own. What is usual there is what is usual with the addresses of
// theirs that the subject visited.
//
// Taken together these describe the destination. A behaviour is not judged by them, for one visit to
// what many use would speak for eleven to what is new: `carriers` tells of those that carried it.

extension HostBaseline {
  /// What is known of where a pair leads; nil where the stream has not shown it.
  ///
  /// Of several addresses the first one seen tells how long it is known, users are counted over all
  /// of them, and other hosts know it as far as they know each.
  public func destinationHabits(of pair: Pair) -> DestinationHabits? {
    guard pair.destination.isWide else { return habits(of: pair.destination) }
    var merged: DestinationRecord?
    var otherHosts = Int.max
    for slot in toldMembers(of: pair) {
      guard let known = destinations.toldSlot(of: pairs[slot].key.destination) else { continue }
      let record = destinations[known].record
      guard record.firstSeen != .max else { continue }
      otherHosts = min(otherHosts, record.otherHosts.count)
      if merged?.merge(record) == nil { merged = record }
    }
    guard let merged else { return nil }
    var habits = DestinationHabits(firstSeen: merged.firstSeen, subjects: merged.subjects)
    habits.otherHosts = otherHosts
    return habits
  }

  /// What is usual between a subject and all these addresses together.
  func wideHabits(of pair: Pair, _ subject: Int) -> PairHabits? {
    var firstSeen: Int64?
    var familiar = DaySet()
    for slot in toldMembers(of: pair) {
      let record = pairs[slot].record
      firstSeen = min(firstSeen ?? .max, record.firstSeen)
      familiar.formUnion(record.days.subtracting(record.tainted))
    }
    guard let firstSeen else { return nil }
    let isNeverFamiliar = subjects[subject].record.isNeverFamiliar
    return PairHabits(
      firstSeen: firstSeen, familiarDays: isNeverFamiliar ? 0 : familiar.count(upTo: today))
  }

  /// Brings into the stream what the store knew of such addresses; gives how many events that took.
  public mutating func tellMembers(of pair: Pair, at time: KernelInstant) -> Int {
    guard pair.destination.isWide, let subject = toldSubject(pair.subject) else { return 0 }
    let before = told.count
    for slot in members(of: pair.destination, subject) { tellPair(slot, at: time) }
    return told.count - before
  }

  func toldMembers(of pair: Pair) -> [Int] {
    guard let subject = toldSubject(pair.subject) else { return [] }
    return members(of: pair.destination, subject).filter { pairs[$0].isTold }
  }

  /// The slots of a subject's pairs with the addresses that a destination stands for.
  func members(of destination: Destination, _ subject: Int) -> [Int] {
    let reach = DestinationReach(destination)
    return pairs.slots.slots(of: Int32(subject)).filter { slot in
      reach.contains(pairs[slot].key.destination) { $0 == pairs[slot].record.name }
    }
  }

  /// Notes by which name an address was reached: what the connection's bytes said, or at its end what
  /// DNS called the remote.
  ///
  /// What a proxy is asked for is no name of the proxy's.
  mutating func noteName(of socket: Socket, isOver: Bool, _ pair: Pair) {
    guard let named = socket.named(isOver: isOver), let number = named.nameNumber,
      let subject = slotOf[pair.subject].map(Int.init),
      let slot = pairs.slot(of: PairKey(subject: Int32(subject), destination: pair.destination))
    else { return }
    let before = pairs[slot].record
    if socket.reading?.isProxied != true {
      let resolved = socket.resolvedName.flatMap {
        Destination(
          name: Self.canonical($0), port: socket.remote.port, scope: named.scope)
      }
      pairs[slot].record.note(name: number, isResolved: resolved?.nameNumber == number)
    }
    if isTainted(Pair(subject: pair.subject, destination: named)) {
      pairs[slot].record.tainted.mark(today)
    }
    if pairs[slot].record != before { pairs[slot].isChanged = true }
  }

  // MARK: Poisoning

  /// Whether a finding is open on the pair, or on a network, a name or all remotes that it is of.
  func isTainted(_ pair: Pair, named: Destination? = nil) -> Bool {
    guard taints.slots.count > 0 else { return false }
    if taints.slot(of: pair) != nil { return true }
    guard !pair.destination.isWide else { return false }
    let wide = [
      Destination(networkOf: pair.destination.endpoint), named, .all(pair.destination.scope),
      // What went through a proxy inside may have gone outside.
      named.map { .all($0.scope) },
    ]
    return wide.contains { key in
      key.map { taints.slot(of: Pair(subject: pair.subject, destination: $0)) != nil } ?? false
    }
  }
}
