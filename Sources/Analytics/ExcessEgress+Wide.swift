// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// What several keys of the same traffic count of it, by day.
//
// A wide key's sum of a day is what was sent on that day less what a narrower key tells of it. A key
// that tells on a day has told of all its days up to that one. So one day is all that has to be known
// of it: from that day on (`sharedFrom`) wider keys count what it has, and nothing of before.

extension ExcessEgress {
  /// So much of what a wide key sent is one address's own behaviour.
  private static let dominance = 0.8
  /// The addresses below a key are looked through once in so long.
  private static let dominatedNanoseconds: UInt64 = 60_000_000_000

  /// A wide key carries what its addresses do together, and none of them nearly alone.
  ///
  /// One that tells by now goes on, and of one that is covered nobody asks.
  mutating func candidate(_ key: Pair, day: UInt32, at now: KernelInstant) -> Claim.Candidate {
    guard let place = wide.slot(of: key) else {
      return Claim.Candidate(isReached: false, claim: Claim())
    }
    let claim = wide[place].trail.claim
    var isReached = false
    if let excess = wide[place].excess(upTo: day, settings) {
      isReached = claim.isTold(at: now) || claim.isCovered(at: now)
      if !isReached, now >= wide[place].dominatedUntil {
        isReached = !isDominated(place, key, excess, upTo: day)
        if !isReached {
          wide[place].dominatedUntil = now.advanced(byNanoseconds: Self.dominatedNanoseconds)
        }
      }
    }
    return Claim.Candidate(isReached: isReached, claim: claim)
  }

  /// Nearly all that a wide key counts in these days went to one address.
  private func isDominated(
    _ place: Int, _ key: Pair, _ excess: ExcessEgressPair.Excess, upTo day: UInt32
  ) -> Bool {
    let limit = Self.dominance * Double(excess.sentBytes)
    let first = day &+ 1 - UInt32(excess.days)
    // Who has thousands of names has this asked for each of them: all of their places are wanted for
    // all remotes alone.
    let names: [UInt64: Int] =
      switch key.destination {
      case .all: nameKeys(of: key.subject)
      default: key.destination.nameNumber.map { [$0: place] } ?? [:]
      }
    return pairs.used(of: key.subject).contains { slot, pair in
      Double(pairs[slot].sentBytes(first...day)) > limit
        && shares(of: pair, pairs[slot], names).contains { share in
          share.place == place && max(first, share.from) <= day
            && Double(pairs[slot].sentBytes(max(first, share.from)...day)) > limit
        }
    }
  }

  /// An address tells of its days up to this one: wider keys count them no more.
  mutating func noteTold(_ slot: Int, _ pair: Pair, upTo day: UInt32) {
    let state = pairs[slot]
    guard day >= state.sharedFrom else { return }
    for share in shares(of: pair, state, nameKeys(of: pair.subject)) {
      wide[share.place].subtract(state, from: share.from)
    }
    pairs[slot].noteTold(day)
  }

  /// The same for a wide key, with all addresses below it.
  mutating func noteTold(widely place: Int, upTo day: UInt32) {
    guard day >= wide[place].sharedFrom, let subject = wide.pair(at: place)?.subject else { return }
    let names = nameKeys(of: subject)
    for (slot, pair) in pairs.used(of: subject) {
      let state = pairs[slot]
      let shares = shares(of: pair, state, names)
      guard let own = shares.firstIndex(where: { $0.place == place }) else { continue }
      for share in shares[own...] where share.isWider(than: shares[own]) {
        wide[share.place].subtract(state, from: share.from)
      }
    }
    wide[place].noteTold(day)
  }

  /// What a wide key counts of an address: its days from one on.
  private struct Share {
    let place: Int
    let from: UInt32
    /// 1 for a network, 2 for a name, 3 for all remotes.
    let width: Int

    func isWider(than other: Share) -> Bool { width > other.width }
  }

  /// The wide keys above an address, narrowest first.
  private func shares(
    of pair: Pair, _ state: ExcessEgressPair, _ names: [UInt64: Int]
  ) -> [Share] {
    var shares: [Share] = []
    var from = state.sharedFrom
    // What a proxy was asked for has the proxy's network, if any.
    let remote =
      pair.destination.isWide
      ? state.trail.connections.all.last?.remote : pair.destination.endpoint
    if let remote, !pair.destination.isWide || DestinationScope(remote.address) == .external,
      let network = Destination(networkOf: remote),
      let place = wide.slot(of: Pair(subject: pair.subject, destination: network))
    {
      shares.append(Share(place: place, from: from, width: 1))
      from = max(from, wide[place].sharedFrom)
    }
    var widest = from
    for place in state.names.all.compactMap({ names[$0] }) {
      shares.append(Share(place: place, from: from, width: 2))
      widest = max(widest, wide[place].sharedFrom)
    }
    let all = Pair(subject: pair.subject, destination: .all(pair.destination.scope))
    if let place = wide.slot(of: all) {
      shares.append(Share(place: place, from: widest, width: 3))
    }
    return shares
  }

  /// The places of a subject's names by their numbers.
  private func nameKeys(of subject: SubjectID) -> [UInt64: Int] {
    var places: [UInt64: Int] = [:]
    for (place, key) in wide.used(of: subject) {
      if let number = key.destination.nameNumber { places[number] = place }
    }
    return places
  }
}
