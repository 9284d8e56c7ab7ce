// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What the flow tables counted since the stream began.
public struct FlowCounters: Sendable {
  /// How sure an actor's bytes are its own.
  public enum Attribution: String, CaseIterable, Sendable {
    /// The socket was seen from its beginning.
    case exact
    /// The socket is older than the sensor.
    case adopted
    /// The socket is known only by its bursts.
    case inferred
    /// A kernel thread acted.
    case kernel
  }

  /// Why a socket's totals and its actors' sum differ, or are not compared.
  public enum Mismatch: String, CaseIterable, Sendable {
    /// The difference is in records that were lost.
    case ktls, mptcp, sockmap, oob, repair, lost, unexplained
  }

  public internal(set) var lateEvents: UInt64 = 0
  /// Snapshots that did not advance: double flushes and reordering, harmless.
  public internal(set) var staleSnapshots: UInt64 = 0
  /// Actors beyond what one socket can hold; their bytes are unattributed.
  public internal(set) var refusedActors: UInt64 = 0

  var eventCounts = InlineArray<20, UInt64>(repeating: 0)
  var lostCounts = InlineArray<4, UInt64>(repeating: 0)
  var attributedBytes = InlineArray<8, UInt64>(repeating: 0)
  var unattributedBytes = InlineArray<2, UInt64>(repeating: 0)
  var transferredBytes = InlineArray<8, UInt64>(repeating: 0)
  var mismatches = InlineArray<7, UInt64>(repeating: 0)
  var connectionCounts = InlineArray<3, UInt64>(repeating: 0)
  var failureCounts = InlineArray<21, UInt64>(repeating: 0)

  public func events(_ kind: EventKind) -> UInt64 { eventCounts[kind.index] }

  public var events: UInt64 { eventCounts.total }

  public func lost(_ stage: LossStage) -> UInt64 { lostCounts[stage.index] }

  public var lost: UInt64 { lostCounts.total }

  public func attributedBytes(_ direction: Direction, _ attribution: Attribution) -> UInt64 {
    attributedBytes[2 * attribution.index + direction.index]
  }

  public func unattributedBytes(_ direction: Direction) -> UInt64 {
    unattributedBytes[direction.index]
  }

  public func transferredBytes(_ direction: Direction, _ scope: DestinationScope) -> UInt64 {
    transferredBytes[2 * scope.index + direction.index]
  }

  public func mismatchedSockets(_ reason: Mismatch) -> UInt64 { mismatches[reason.index] }

  /// Connections opened while watching; adopted ones are not counted.
  public func connections(_ role: Socket.Role) -> UInt64 { connectionCounts[role.index] }

  /// Connections that ended without having been established.
  public func failures(_ role: Socket.Role, _ reason: CloseReason) -> UInt64 {
    failureCounts[role.index * CloseReason.allCases.count + reason.index]
  }

  mutating func countFailure(_ role: Socket.Role, _ reason: CloseReason) {
    failureCounts[role.index * CloseReason.allCases.count + reason.index] &+= 1
  }

  mutating func countTransfer(sent: UInt64, received: UInt64, _ scope: DestinationScope) {
    transferredBytes[2 * scope.index] &+= sent
    transferredBytes[2 * scope.index + 1] &+= received
  }

  mutating func countAttributed(sent: UInt64, received: UInt64, _ attribution: Attribution) {
    attributedBytes[2 * attribution.index] &+= sent
    attributedBytes[2 * attribution.index + 1] &+= received
  }

  mutating func countUnattributed(sent: UInt64, received: UInt64) {
    unattributedBytes[0] &+= sent
    unattributedBytes[1] &+= received
  }
}

extension InlineArray where Element == UInt64 {
  var total: UInt64 {
    var sum: UInt64 = 0
    for index in indices { sum &+= self[index] }
    return sum
  }
}

extension CaseIterable where Self: Equatable {
  /// The case's place in `allCases`; for rare counters, the frequent ones switch.
  var position: Int {
    Array(Self.allCases).firstIndex(of: self) ?? 0
  }
}

extension FlowCounters.Mismatch {
  var index: Int { position }
}

extension LossStage {
  var index: Int { position }
}

extension CloseReason {
  var index: Int { position }
}

extension FlowCounters.Attribution {
  var index: Int {
    switch self {
    case .exact: 0
    case .adopted: 1
    case .inferred: 2
    case .kernel: 3
    }
  }
}

extension Direction {
  var index: Int {
    switch self {
    case .sent: 0
    case .received: 1
    }
  }
}

extension Socket.Role {
  var index: Int {
    switch self {
    case .outbound: 0
    case .inbound: 1
    case .unknown: 2
    }
  }
}
