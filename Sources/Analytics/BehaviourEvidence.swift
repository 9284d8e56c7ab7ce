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

extension BehaviourEvidence {
  /// The median pause between the connections that are shown, in seconds; 0 below two of them.
  var usualPause: Double {
    let opened = connections.map(\.openedAt).sorted()
    let pauses = zip(opened, opened.dropFirst()).map { $1.seconds - $0.seconds }.sorted()
    return pauses.isEmpty ? 0 : pauses[pauses.count / 2]
  }
}
