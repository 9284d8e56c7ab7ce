// SPDX-License-Identifier: Apache-2.0

/// Bytes per executable, with a series for the busiest only and the rest in `__other__`.
///
/// A counter may not fall and a byte may not be counted twice, so membership is sticky: a name that
/// has a series keeps it until an outsider has moved twice the bytes of the smallest member. Then
/// the member's total is added to `__other__`, its series ends, and the newcomer's begins at zero:
/// what it moved before stays in `__other__`. The sum over all series is exact at every moment.
public struct ProcessByteTotals: Sendable {
  /// Names with a series of their own.
  public static let capacity = 20

  /// Names outside that are remembered; beyond it all of them are forgotten, which costs a newcomer
  /// time and never a byte.
  static let candidateLimit = 256

  /// One total for each direction and scope, in the order of ``slot(_:_:)``.
  private typealias Totals = [8 of UInt64]

  private var members: [Label.Process: Totals] = [:]
  private var candidates: [Label.Process: UInt64] = [:]
  private var other: Totals = .init(repeating: 0)
  private var folded: UInt64 = 0

  public init() {}

  /// Adds payload bytes; allocates only when a name is new.
  public mutating func add(
    _ bytes: UInt64, process: Label.Process, _ direction: Label.Direction, _ scope: Label.Scope
  ) {
    let slot = Self.slot(direction, scope)
    if members[process]?[slot] != nil || admit(process, bytes) {
      members[process, default: .init(repeating: 0)][slot] &+= bytes
    } else {
      other[slot] &+= bytes
    }
  }

  /// Gives all totals that are not zero, and the number of names folded since the last call.
  public mutating func write(to builder: inout MetricSnapshot.Builder) {
    for (process, totals) in members { Self.write(totals, process, to: &builder) }
    Self.write(other, .other, to: &builder)
    builder.countFolded(folded, into: Metrics.processTransferredBytesTotal)
    folded = 0
  }

  /// Whether `process`, which has no series, gets one for these bytes.
  private mutating func admit(_ process: Label.Process, _ bytes: UInt64) -> Bool {
    guard process != .other else { return false }
    guard members.count >= Self.capacity else { return true }
    if candidates[process] == nil {
      if candidates.count >= Self.candidateLimit { candidates.removeAll(keepingCapacity: true) }
      folded &+= 1
    }
    candidates[process, default: 0] &+= bytes
    // Looking for the smallest member is 20 sums, so it waits until the newcomer has moved 64 KiB.
    guard let moved = candidates[process], moved >= 1 << 16,
      let smallest = members.min(by: {
        (Self.sum($0.value), $0.key.labelText) < (Self.sum($1.value), $1.key.labelText)
      }), moved / 2 >= Self.sum(smallest.value)
    else { return false }
    for slot in other.indices { other[slot] &+= smallest.value[slot] }
    members[smallest.key] = nil
    candidates[process] = nil
    folded &+= 1
    return true
  }

  private static func slot(_ direction: Label.Direction, _ scope: Label.Scope) -> Int {
    let column =
      switch scope {
      case .loopback: 0
      case .linkLocal: 1
      case .private: 2
      case .external: 3
      }
    return direction == .sent ? column : column + 4
  }

  private static func sum(_ totals: Totals) -> UInt64 {
    totals.indices.reduce(0) { $0 &+ totals[$1] }
  }

  private static func write(
    _ totals: Totals, _ process: Label.Process, to builder: inout MetricSnapshot.Builder
  ) {
    for direction in Label.Direction.allCases {
      for scope in Label.Scope.allCases {
        let total = totals[slot(direction, scope)]
        guard total > 0 else { continue }
        builder.set(
          Metrics.processTransferredBytesTotal, process, direction, scope, to: total)
      }
    }
  }
}
