// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// A behaviour of one pair, with its numbers and the tests that were made.
public struct Assessment: Sendable {
  public enum Evidence: Sendable {
    case beacon(BeaconEvidence)
    case oneWay(OneWayEvidence)
    case tlsEgress(TLSEgressEvidence)
    case excessEgress(ExcessEgressEvidence)
    case nonconforming(NonconformingEvidence)
  }

  public var pair: Pair
  public var evidence: Evidence
  public var tests: [TestResult]
  /// The pair was answered not long ago, so a one-way channel is more likely a broken service.
  public var isOutage = false
  /// The first bytes are not what the port promises; nil where either is unknown.
  public var contradictsPort: Bool?
  /// Evidence enough for a high severity; what has no timing needs none.
  public var isStrong = true
  /// A beacon without a clock: many visits over hours, and nothing more.
  public var isIrregular = false
  /// Stray packets from a neighbour: medium although no process is known.
  public var isFromNeighbour = false

  init(pair: Pair, evidence: Evidence, tests: [TestResult]) {
    self.pair = pair
    self.evidence = evidence
    self.tests = tests
  }

  /// Takes in what another analytic finds in the same traffic, its tests named after it.
  mutating func add(_ others: [TestResult], of analytic: Analytic) {
    tests.append(
      TestResult(
        name: "also_meets", value: .word(analytic.identifier), threshold: nil, outcome: .met))
    for var test in others {
      test.name = "\(analytic.identifier).\(test.name)"
      tests.append(test)
    }
  }

  public var analytic: Analytic {
    switch evidence {
    case .beacon: .beacon
    case .oneWay: .oneWay
    case .tlsEgress: .tlsEgress
    case .excessEgress: .excessEgress
    case .nonconforming: .nonconforming
    }
  }

  private var common: any BehaviourEvidence {
    switch evidence {
    case .beacon(let beacon): beacon
    case .oneWay(let oneWay): oneWay
    case .tlsEgress(let egress): egress
    case .excessEgress(let egress): egress
    case .nonconforming(let traffic): traffic
    }
  }

  public var firstSeen: KernelInstant { common.firstSeen }
  public var lastSeen: KernelInstant { common.lastSeen }
  /// The process of the last visit.
  public var image: ImageKey { common.image }
  public var opener: ImageKey? { common.opener }
  public var origin: Socket.Origin { common.origin }
  /// Oldest first.
  public var connections: [RecentConnection] { common.connections }
  /// Silence after which the behaviour is over.
  public var idleSeconds: Double { common.idleSeconds }

  /// The address and port that was visited last; the pair's own where it has one.
  public var remote: Endpoint {
    if case .endpoint(let endpoint, _) = pair.destination { return endpoint }
    return connections.last?.remote ?? pair.destination.endpoint
  }

  /// The subject with that address: what is known of where a wide key leads is kept there.
  public var remotePair: Pair {
    guard pair.destination.isWide else { return pair }
    return Pair(
      subject: pair.subject,
      destination: isForwarded
        ? Destination(forwarderAt: remote) : Destination(remote, seenIn: 0))
  }

  /// The address is on this host, where a local program passes on what it takes.
  public var isForwarded: Bool {
    pair.destination.scope == .external && DestinationScope(remote.address) == .loopback
  }

  /// 0 to 1: log evidence / (log evidence + ln 100), or the share of the counted tests met.
  public var score: Double {
    switch evidence {
    case .beacon(let beacon):
      let evidence = max(beacon.logEvidence, 0)
      return evidence / (evidence + TimingEvidence.flagThreshold)
    case .oneWay, .tlsEgress, .excessEgress, .nonconforming:
      let made = tests.filter { $0.isCounted && $0.outcome != .insufficientData }
      guard !made.isEmpty else { return 0 }
      return Double(made.count { $0.outcome == .met }) / Double(made.count)
    }
  }
}
