// SPDX-License-Identifier: Apache-2.0

public import Flows

/// What makes a behaviour more remarkable; the raw value is its short name in every output.
public enum Raise: String, CaseIterable, Comparable, Sendable {
  /// The destination is new on this host, and one or two subjects use it.
  case newDestination = "R1"
  /// The subject talks to the network on few days.
  case rareSubject = "R2"
  /// Something under a network-facing program was started by what never started it before.
  case newEdge = "R3"
  /// What was received is followed by programs that start, or is itself started.
  case reaction = "R4"
  /// The output feeds a shell or another interpreter.
  case pipedToInterpreter = "R5"
  /// A familiar subject speaks what it never spoke.
  case newProtocol = "R6"
  /// TLS without a name, or a name that nobody resolved here.
  case unnamed = "R7"
  /// The port promises another protocol.
  case portContradiction = "R8"
  /// The socket was opened by an unrelated program.
  case foreignActor = "R9"

  /// R3 to R6 are signs of code that obeys somebody: they count even while the host is learned,
  /// and three raises make any provenance high only with one of them.
  public var isOfControl: Bool {
    switch self {
    case .newEdge, .reaction, .pipedToInterpreter, .newProtocol: true
    case .newDestination, .rareSubject, .unnamed, .portContradiction, .foreignActor: false
    }
  }

  public static func < (left: Raise, right: Raise) -> Bool { left.rawValue < right.rawValue }
}

/// What makes a behaviour less remarkable; the raw value is its short name in every output.
public enum Lower: String, CaseIterable, Comparable, Sendable {
  /// Root's own or packaged code that went there on seven days.
  case familiarPair = "L1"
  /// Many subjects of this host, or another host's baseline, use the destination.
  case commonDestination = "L2"
  /// The destination is private, link-local or a cloud's metadata service.
  case nearScope = "L3"
  /// The operator declared that this service talks to this destination.
  case declared = "L4"

  public static func < (left: Lower, right: Lower) -> Bool { left.rawValue < right.rawValue }
}

/// What surrounds a behaviour, as far as severity depends on it.
public struct Context: Hashable, Sendable {
  /// Of the process that acted last; nil where nothing is known of the process.
  public var provenance: Provenance?
  /// The destination is outside: not loopback, private, link-local or metadata.
  public var isExternal: Bool
  /// The host is known for less than a week.
  public var isLearning: Bool
  /// Those that hold; what could not be judged is no raise.
  public var raises: Set<Raise>
  public var lowers: Set<Lower>
  /// The evidence is enough for `high`.
  public var isStrong = true
  /// Many visits without a clock: no timing evidence at all.
  public var isIrregular = false
  /// For irregular visits; nil where it is not known, as while learning.
  public var isDestinationNew: Bool?
  /// Stray packets from a near address, whoever they were for.
  public var isFromNeighbour = false
  /// The pair was answered not long ago: a service out of order.
  public var isOutage = false
  /// Most visits failed, and the last ones all did.
  public var isDestinationDown = false

  public init(
    provenance: Provenance?, isExternal: Bool = true, isLearning: Bool = false,
    raises: Set<Raise> = [], lowers: Set<Lower> = []
  ) {
    self.provenance = provenance
    self.isExternal = isExternal
    self.isLearning = isLearning
    self.raises = raises
    self.lowers = lowers
  }
}
