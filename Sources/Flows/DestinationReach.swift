// SPDX-License-Identifier: Apache-2.0

/// Which addresses a destination stands for, asked of one after the other.
public struct DestinationReach: Sendable {
  private let destination: Destination
  private let nameNumber: UInt64?

  public init(_ destination: Destination) {
    self.destination = destination
    nameNumber = destination.nameNumber
  }

  /// Whether it stands for the key of one address; `isNamed` says whether that address was reached
  /// by the name of a number (`Destination.nameNumber`).
  public func contains(_ member: Destination, isNamed: (UInt64) -> Bool) -> Bool {
    guard !member.isWide else { return false }
    return switch destination {
    case .endpoint, .forwarder: member == destination
    case .network: Destination(networkOf: member.endpoint) == destination
    case .name: nameNumber.map(isNamed) ?? false
    case .all(let scope): member.scope == scope
    }
  }
}
