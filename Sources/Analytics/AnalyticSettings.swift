// SPDX-License-Identifier: Apache-2.0

/// The parameters of all analytics, each within its range.
public struct AnalyticSettings: Hashable, Sendable {
  public var beacon = BeaconSettings()
  public var oneWay = OneWaySettings()
  /// Judge loopback connections too, as if they were external; off, they are only counted.
  public var includeLoopback = false

  public init() {}

  /// One parameter by its name in the configuration, with its range.
  public struct Tunable: Sendable {
    public let analytic: Analytic
    /// ATT&CK's name where it has one.
    public let name: String
    public let range: ClosedRange<Double>
    /// Counts and bytes: no fraction.
    public let isWhole: Bool
    let path: @Sendable (inout AnalyticSettings, Double?) -> Double
  }

  /// Every parameter, in the order they are documented.
  public static let tunables: [Tunable] = [
    Tunable(
      analytic: .beacon, name: "PayloadLengthVariance", range: 0...1, isWhole: false,
      path: { access(&$0.beacon.payloadLengthVariance, $1) }),
    Tunable(
      analytic: .beacon, name: "RepeatFrequencyThreshold", range: 4...1_000, isWhole: true,
      path: { access(&$0.beacon.repeatFrequencyThreshold, $1) }),
    Tunable(
      analytic: .beacon, name: "LogEvidenceThreshold", range: 1...100, isWhole: false,
      path: { access(&$0.beacon.logEvidenceThreshold, $1) }),
    Tunable(
      analytic: .oneWay, name: "TimeWindow", range: 60...86_400, isWhole: false,
      path: { access(&$0.oneWay.timeWindowSeconds, $1) }),
    Tunable(
      analytic: .oneWay, name: "SocketThreshold", range: 2...1_000, isWhole: true,
      path: { access(&$0.oneWay.socketThreshold, $1) }),
    Tunable(
      analytic: .oneWay, name: "HandshakeAllowance", range: 0...65_536, isWhole: true,
      path: { access(&$0.oneWay.handshakeAllowanceBytes, $1) }),
    Tunable(
      analytic: .oneWay, name: "ClientHandshakeAllowance", range: 0...65_536, isWhole: true,
      path: { access(&$0.oneWay.clientHandshakeAllowanceBytes, $1) }),
    Tunable(
      analytic: .oneWay, name: "AnsweredMemory", range: 0...604_800, isWhole: false,
      path: { access(&$0.oneWay.answeredMemorySeconds, $1) }),
  ]

  /// Sets one parameter by analytic identifier (`AN0597`) or slug, and name.
  public mutating func set(
    _ name: String, of analytic: String, to value: Double
  ) throws(SettingError) {
    guard
      let known = Analytic.allCases.first(where: { [$0.slug, $0.identifier].contains(analytic) })
    else { throw .unknownAnalytic(analytic) }
    guard let tunable = Self.tunables.first(where: { $0.analytic == known && $0.name == name })
    else { throw .unknownName(name, analytic: analytic) }
    guard tunable.range.contains(value), !tunable.isWhole || value == value.rounded() else {
      throw .outOfRange(
        name, value: value, range: tunable.range, isWhole: tunable.isWhole)
    }
    _ = tunable.path(&self, value)
  }

  /// The value of one parameter.
  public func value(of tunable: Tunable) -> Double {
    var copy = self
    return tunable.path(&copy, nil)
  }
}

/// A parameter that cannot be set.
public enum SettingError: Error, Hashable, Sendable {
  case unknownAnalytic(String)
  case unknownName(String, analytic: String)
  case outOfRange(String, value: Double, range: ClosedRange<Double>, isWhole: Bool)
}

private func access(_ field: inout Double, _ value: Double?) -> Double {
  if let value { field = value }
  return field
}

private func access(_ field: inout Int, _ value: Double?) -> Double {
  if let value { field = Int(exactly: value) ?? field }
  return Double(field)
}

private func access(_ field: inout UInt64, _ value: Double?) -> Double {
  if let value { field = UInt64(exactly: value) ?? field }
  return Double(field)
}

/// Parameters of `beacon`; docs/analytics/beacon.md gives the reasons.
public struct BeaconSettings: Hashable, Sendable {
  /// Similar payloads: their median deviation as a share of their median size.
  ///
  /// ATT&CK suggests "±5% size delta".
  public var payloadLengthVariance = 0.05
  /// Fewest visits that are judged at all; the timing test itself needs four.
  public var repeatFrequencyThreshold = 4
  /// ln 100: one pair in a hundred without a clock would reach it, at most, however often asked.
  public var logEvidenceThreshold = TimingEvidence.flagThreshold
  /// Pairs seen fewer than four times, and pairs with a tracker of about 9 kB.
  public var youngPairLimit = 16_384
  public var trackedPairLimit = 4_096

  public init() {}
}

/// Parameters of `one-way`; docs/analytics/one-way.md gives the reasons.
public struct OneWaySettings: Hashable, Sendable {
  /// Least time from a pair's first one-way socket to its last.
  ///
  /// ATT&CK suggests "every 10-30 mins".
  public var timeWindowSeconds = 600.0
  public var socketThreshold = 3
  /// What a server sends before any answer: a TLS handshake with a long certificate chain.
  public var handshakeAllowanceBytes: UInt64 = 12_288
  /// What a client sends before any request of its own: a hello and what ends the handshake.
  public var clientHandshakeAllowanceBytes: UInt64 = 1_024
  /// A pair answered within this time is out of order rather than one-way.
  public var answeredMemorySeconds = 86_400.0
  /// Ports that promise a web service where the first bytes are not known.
  public var webPorts: [UInt16] = [
    80, 443,  // HTTP and HTTPS
    8080, 8443,  // their unprivileged twins
    8000, 8008, 8888,  // development servers, and what imitates them
    3128,  // Squid and other forward proxies
  ]
  /// Of these, the ports that promise TLS.
  public var tlsPorts: [UInt16] = [443, 8443]
  public var pairLimit = 16_384

  public init() {}
}
