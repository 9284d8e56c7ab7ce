// SPDX-License-Identifier: Apache-2.0

/// How much the flow tables may hold, and for how long.
///
/// Memory is about 400 bytes a socket and 300 a process, beside the texts of process events.
public struct FlowLimits: Hashable, Sendable {
  public var sockets = 65_536
  public var processes = 65_536
  /// Executables whose owner or package is remembered beyond their processes.
  public var executables = 16_384
  public var subjects = 16_384
  /// Addresses with a name from DNS.
  public var names = 16_384
  /// Directions of sockets whose first bytes are still coming, up to 2 kB each.
  public var heads = 1_024
  /// Pairs with a name or a protocol.
  public var destinations = 16_384
  /// Loopback addresses behind which a local program passes connections on.
  public var forwarders = 1_024
  /// Base names counted by themselves in the transfer totals.
  public var processNames = 512

  /// A process stays this long after its exit: its last bursts and finals are still under way.
  public var exitGrace: Duration = .seconds(300)
  /// A closed socket without a `final` stays this long.
  public var closedGrace: Duration = .seconds(300)
  /// A socket without any event is given up after this long; every socket of a live kernel ends
  /// with a `final`, so this meets only traces of others.
  public var idleLimit: Duration = .seconds(7 * 86_400)
  /// An established outbound socket is judged at this age although it is still open.
  public var longLivedAge: Duration = .seconds(600)
  /// A subject nobody used for this long may make room for another.
  public var subjectMemory: Duration = .seconds(14 * 86_400)

  public init() {}
}
