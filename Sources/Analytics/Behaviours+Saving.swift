// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

// What the analytics know of pairs, out of one run and into the next.

extension Behaviours {
  /// Pairs that have a state, by table, in an order that does not depend on hashing.
  ///
  /// Each with when it changed: for most that is when the pair was last seen.
  public func savedPairs() -> [(kind: PairStateKind, pair: Pair, lastSeen: KernelInstant)] {
    var all = list(beacon.young, .beaconYoung)
    all += list(beacon.tracked, .beaconTracked)
    all += list(oneWay.pairs, .oneWay)
    all += list(beacon.wide.young, .wideBeaconYoung)
    all += list(beacon.wide.tracked, .wideBeaconTracked)
    all += list(tlsEgress.pairs, .tlsEgress)
    all += list(tlsEgress.subjects, .tlsEgressSubject)
    all += list(excessEgress.pairs, .excessEgress)
    all += list(excessEgress.wide, .wideExcessEgress)
    all += list(nonconforming.pairs, .conformity)
    return all
  }

  /// A pair's state; nil where the table has none.
  public func state(of pair: Pair, _ kind: PairStateKind, epochNanoseconds: Int64) -> PairState? {
    switch kind {
    case .beaconYoung: state(beacon.young, pair, kind, epochNanoseconds)
    case .beaconTracked: state(beacon.tracked, pair, kind, epochNanoseconds)
    case .oneWay: state(oneWay.pairs, pair, kind, epochNanoseconds)
    case .wideBeaconYoung: state(beacon.wide.young, pair, kind, epochNanoseconds)
    case .wideBeaconTracked: state(beacon.wide.tracked, pair, kind, epochNanoseconds)
    case .tlsEgress: state(tlsEgress.pairs, pair, kind, epochNanoseconds)
    case .tlsEgressSubject: state(tlsEgress.subjects, pair, kind, epochNanoseconds)
    case .excessEgress: state(excessEgress.pairs, pair, kind, epochNanoseconds)
    case .wideExcessEgress: state(excessEgress.wide, pair, kind, epochNanoseconds)
    case .conformity: state(nonconforming.pairs, pair, kind, epochNanoseconds)
    }
  }

  /// Goes on from a state; false where it cannot be read.
  ///
  /// A pair that has a state of its own by now keeps that. `absence` is for how many seconds
  /// nobody watched. Nothing was seen after `latest`: a wrong clock wrote what says so.
  public mutating func resume(
    _ state: PairState, for pair: Pair, absence: Double, epochNanoseconds: Int64,
    latest: KernelInstant
  ) -> Bool {
    let span = (absence: absence, epoch: epochNanoseconds, latest: latest)
    switch state.kind {
    case .beaconYoung:
      guard beacon.tracked.slot(of: pair) == nil else { return true }
      return Self.resume(state, &beacon.young, pair, span)
    case .beaconTracked:
      return Self.resume(state, &beacon.tracked, pair, span)
    case .oneWay: return Self.resume(state, &oneWay.pairs, pair, span)
    case .wideBeaconYoung:
      guard beacon.wide.tracked.slot(of: pair) == nil else { return true }
      return Self.resume(state, &beacon.wide.young, pair, span)
    case .wideBeaconTracked:
      return Self.resume(state, &beacon.wide.tracked, pair, span)
    case .tlsEgress:
      return Self.resume(state, &tlsEgress.pairs, pair, span)
    case .tlsEgressSubject:
      return Self.resume(state, &tlsEgress.subjects, pair, span)
    case .excessEgress:
      return Self.resume(state, &excessEgress.pairs, pair, span)
    case .wideExcessEgress:
      return Self.resume(state, &excessEgress.wide, pair, span)
    case .conformity:
      return Self.resume(state, &nonconforming.pairs, pair, span)
    }
  }

  private func list<State: SavedPair>(
    _ table: PairTable<State>, _ kind: PairStateKind
  ) -> [(kind: PairStateKind, pair: Pair, lastSeen: KernelInstant)] {
    table.used.map { (kind, $0.pair, max(table[$0.slot].lastSeen, table[$0.slot].changedAt)) }
  }

  private func state<State: SavedPair>(
    _ table: PairTable<State>, _ pair: Pair, _ kind: PairStateKind, _ epoch: Int64
  ) -> PairState? {
    table.slot(of: pair).map { PairState(table[$0], kind, epochNanoseconds: epoch) }
  }

  private static func resume<State: SavedPair>(
    _ saved: PairState, _ table: inout PairTable<State>, _ pair: Pair,
    _ span: (absence: Double, epoch: Int64, latest: KernelInstant)
  ) -> Bool {
    guard var state = saved.restored(as: State.self, epochNanoseconds: span.epoch),
      state.lastSeen <= span.latest
    else { return false }
    guard table.slot(of: pair) == nil else { return true }
    state.note(absence: span.absence)
    _ = table.insert(pair, state) { _ in false }
    return true
  }
}
