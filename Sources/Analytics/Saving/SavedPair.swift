// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// A pair's state that outlives a run.
protocol SavedPair: Carried, BitwiseCopyable, Sendable {
  /// A state that has seen nothing, to be filled by what was saved.
  static var empty: Self { get }
  var lastSeen: KernelInstant { get }
  /// When it last changed: a visit may be known long after it was made.
  var changedAt: KernelInstant { get }
  /// How many seconds before this boot it was last seen, where it was before it.
  var secondsBeforeBoot: Double { get }
  /// How long it is kept after it was last seen.
  var keptSeconds: Double { get }
  /// Nobody watched for so long since it was last seen.
  mutating func note(absence seconds: Double)
  /// The wall clock was set: moments that are kept in Unix time go with it.
  mutating func move(bySeconds seconds: Double)
}

extension SavedPair {
  var secondsBeforeBoot: Double { 0 }
  var changedAt: KernelInstant { lastSeen }

  mutating func note(absence seconds: Double) {}
  mutating func move(bySeconds seconds: Double) {}
}

/// Which table a saved state belongs to; the raw value is its form on disk and in events.
public enum PairStateKind: UInt8, CaseIterable, Sendable {
  case beaconYoung = 1
  case beaconTracked = 2
  case oneWay = 3
  case wideBeaconYoung = 4
  case wideBeaconTracked = 5
  case tlsEgress = 6
  case tlsEgressSubject = 7
  case excessEgress = 8
  case wideExcessEgress = 9
  case conformity = 10

  /// Grows with every change of the state's fields: another layout is not read.
  var layout: UInt64 {
    switch self {
    case .beaconYoung, .wideBeaconYoung: 5
    case .beaconTracked, .wideBeaconTracked: 5
    case .oneWay: 2
    case .tlsEgress, .tlsEgressSubject: 3
    case .excessEgress, .wideExcessEgress: 3
    case .conformity: 1
    }
  }
}

/// A pair's state as numbers: layout, then the fields in order.
public struct PairState: Hashable, Sendable {
  public var kind: PairStateKind
  public var numbers: [UInt64]
  /// Unix seconds after which nobody waits for the pair any more.
  public var keptUntil: Int64

  public init(kind: PairStateKind, numbers: [UInt64], keptUntil: Int64) {
    self.kind = kind
    self.numbers = numbers
    self.keptUntil = keptUntil
  }

  init(_ state: some SavedPair, _ kind: PairStateKind, epochNanoseconds: Int64) {
    var carrier = NumberCarrier(epochNanoseconds: epochNanoseconds)
    var copy = state
    copy.carry(&carrier)
    let wall = Double(epochNanoseconds) / 1e9 + state.lastSeen.seconds - state.secondsBeforeBoot
    let until = wall + min(state.keptSeconds, 1e10)
    self.init(
      kind: kind, numbers: [kind.layout] + carrier.numbers,
      keptUntil: until.isFinite ? Int64(max(min(until, 9e18), 0)) : 0)
  }

  /// Nil where the numbers are of another layout, or not such as a state can have.
  func restored<State: SavedPair>(as type: State.Type, epochNanoseconds: Int64) -> State? {
    guard numbers.first == kind.layout else { return nil }
    var carrier = NumberCarrier(numbers.dropFirst(), epochNanoseconds: epochNanoseconds)
    var state = State.empty
    state.carry(&carrier)
    return carrier.isWhole ? state : nil
  }
}
