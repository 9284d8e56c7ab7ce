// SPDX-License-Identifier: Apache-2.0

/// The parameters of all analytics, each within its range.
public struct AnalyticSettings: Hashable, Sendable {
  public var beacon = BeaconSettings()
  public var oneWay = OneWaySettings()
  public var tlsEgress = TLSEgressSettings()
  public var excessEgress = ExcessEgressSettings()
  public var nonconforming = NonconformingSettings()
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
      analytic: .beacon, name: "StrongLogEvidence", range: 1...100, isWhole: false,
      path: { access(&$0.beacon.strongLogEvidence, $1) }),
    Tunable(
      analytic: .beacon, name: "StrongLogEvidenceVolatile", range: 1...100, isWhole: false,
      path: { access(&$0.beacon.strongLogEvidenceVolatile, $1) }),
    Tunable(
      analytic: .beacon, name: "IrregularVisits", range: 4...10_000, isWhole: true,
      path: { access(&$0.beacon.irregularVisits, $1) }),
    Tunable(
      analytic: .beacon, name: "IrregularHours", range: 0...336, isWhole: false,
      path: { access(&$0.beacon.irregularHours, $1) }),
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
    Tunable(
      analytic: .tlsEgress, name: "DataTransferThreshold", range: 1_000...1e12, isWhole: true,
      path: { access(&$0.tlsEgress.dataTransferThreshold, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "FamiliarFactor", range: 1...1_000, isWhole: false,
      path: { access(&$0.tlsEgress.familiarFactor, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "RareDays", range: 0...14, isWhole: true,
      path: { access(&$0.tlsEgress.rareDays, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "PersistenceHours", range: 0...336, isWhole: false,
      path: { access(&$0.tlsEgress.persistenceHours, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "TimeWindow", range: 0...1, isWhole: true,
      path: { access(&$0.tlsEgress.timeWindow, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "TimeWindowStart", range: 0...24, isWhole: true,
      path: { access(&$0.tlsEgress.timeWindowStart, $1) }),
    Tunable(
      analytic: .tlsEgress, name: "TimeWindowEnd", range: 0...24, isWhole: true,
      path: { access(&$0.tlsEgress.timeWindowEnd, $1) }),
    Tunable(
      analytic: .excessEgress, name: "OutboundByteThreshold", range: 1...1_000_000, isWhole: false,
      path: { access(&$0.excessEgress.outboundByteThreshold, $1) }),
    Tunable(
      analytic: .excessEgress, name: "OutboundByteFloor", range: 1_000...1e12, isWhole: true,
      path: { access(&$0.excessEgress.outboundByteFloor, $1) }),
    Tunable(
      analytic: .excessEgress, name: "HandshakeAllowance", range: 0...65_536, isWhole: true,
      path: { access(&$0.excessEgress.handshakeBytes, $1) }),
    Tunable(
      analytic: .excessEgress, name: "ClientHandshakeAllowance", range: 0...65_536, isWhole: true,
      path: { access(&$0.excessEgress.clientHandshakeBytes, $1) }),
    Tunable(
      analytic: .excessEgress, name: "RareDays", range: 0...14, isWhole: true,
      path: { access(&$0.excessEgress.rareDays, $1) }),
    Tunable(
      analytic: .nonconforming, name: "ResetPorts", range: 1...64, isWhole: true,
      path: { access(&$0.nonconforming.resetPorts, $1) }),
    Tunable(
      analytic: .nonconforming, name: "ResetsPerMinute", range: 1...1_000_000, isWhole: true,
      path: { access(&$0.nonconforming.resetsPerMinute, $1) }),
    Tunable(
      analytic: .nonconforming, name: "QuietDays", range: 1...365, isWhole: true,
      path: { access(&$0.nonconforming.quietDays, $1) }),
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
