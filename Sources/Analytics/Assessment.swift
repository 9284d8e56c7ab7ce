// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// A behaviour of one pair, with its numbers and the tests that were made.
public struct Assessment: Sendable {
  public enum Evidence: Sendable {
    case beacon(BeaconEvidence)
    case oneWay(OneWayEvidence)
  }

  public var pair: Pair
  public var evidence: Evidence
  public var tests: [TestResult]
  /// The pair was answered not long ago, so a one-way channel is more likely a broken service.
  public var isOutage: Bool
  /// The numbers would fit an ordinary exchange too.
  public var isFaint: Bool
  /// The first bytes are not what the port promises; nil where either is unknown.
  public var contradictsPort: Bool?

  public var analytic: Analytic {
    switch evidence {
    case .beacon: .beacon
    case .oneWay: .oneWay
    }
  }

  public var firstSeen: KernelInstant {
    switch evidence {
    case .beacon(let beacon): beacon.firstSeen
    case .oneWay(let oneWay): oneWay.firstSeen
    }
  }

  public var lastSeen: KernelInstant {
    switch evidence {
    case .beacon(let beacon): beacon.lastSeen
    case .oneWay(let oneWay): oneWay.lastSeen
    }
  }

  /// The process of the last visit.
  public var image: ImageKey {
    switch evidence {
    case .beacon(let beacon): beacon.source.image
    case .oneWay(let oneWay): oneWay.image
    }
  }

  public var opener: ImageKey? {
    switch evidence {
    case .beacon(let beacon): beacon.source.opener
    case .oneWay(let oneWay): oneWay.opener
    }
  }

  public var origin: Socket.Origin {
    switch evidence {
    case .beacon(let beacon): beacon.source.origin
    case .oneWay(let oneWay): oneWay.origin
    }
  }

  public var connections: [RecentConnection] {
    switch evidence {
    case .beacon(let beacon): beacon.connections
    case .oneWay(let oneWay): oneWay.connections
    }
  }

  /// 0 to 1: log evidence / (log evidence + ln 100), or the share of tests met.
  public var score: Double {
    switch evidence {
    case .beacon(let beacon):
      let evidence = max(beacon.logEvidence, 0)
      return evidence / (evidence + TimingEvidence.flagThreshold)
    case .oneWay:
      let made = tests.filter { $0.outcome != .insufficientData }
      guard !made.isEmpty else { return 0 }
      return Double(made.count { $0.outcome == .met }) / Double(made.count)
    }
  }

  /// Silence after which the behaviour is over: three times its usual pause, at least an hour.
  public var idleSeconds: Double {
    switch evidence {
    case .beacon(let beacon): max(3 * (beacon.periodSeconds ?? 0), 3_600)
    case .oneWay(let oneWay):
      max(3 * oneWay.windowSeconds / Double(max(oneWay.oneWaySockets, 2) - 1), 3_600)
    }
  }
}
