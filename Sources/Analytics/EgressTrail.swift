// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// What both egress analytics keep of a key beside their sums: who acted last, on which connections,
/// and whether the key tells.
struct EgressTrail: BitwiseCopyable, Sendable {
  private(set) var firstSeen: KernelInstant
  private(set) var lastSeen: KernelInstant
  private(set) var actor: LastActor?
  private(set) var connections = RecentConnections<10>()
  var claim = Claim()

  init(_ now: KernelInstant) {
    firstSeen = now
    lastSeen = now
  }

  mutating func note(_ movement: Movement, on socket: Socket) {
    lastSeen = max(lastSeen, movement.time)
    actor = LastActor(movement.image, on: socket)
    connections.note(socket)
  }

  func isStale(_ now: KernelInstant, after seconds: Double) -> Bool {
    now.seconds - lastSeen.seconds > seconds
  }
}

extension EgressTrail: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&firstSeen)
    carrier.carry(&lastSeen)
    carrier.carry(&actor)
    carrier.carry(&connections)
    carrier.carry(&claim)
  }
}
