// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What the evidence of every analytic tells alike.
public protocol BehaviourEvidence: Sendable {
  var firstSeen: KernelInstant { get }
  var lastSeen: KernelInstant { get }
  /// The process that acted last.
  var image: ImageKey { get }
  /// Who opened its socket, where known.
  var opener: ImageKey? { get }
  var origin: Socket.Origin { get }
  /// Oldest first, at most ten.
  var connections: [RecentConnection] { get }
  /// Silence after which the behaviour is over: three times its usual pause, at least an hour.
  var idleSeconds: Double { get }
}
