// SPDX-License-Identifier: Apache-2.0

/// The analytics this sensor runs; the raw value is the slug used in files and metric labels.
///
/// Identifiers are those of ATT&CK v18.1. Only AN0597 is published for Linux. Of the others the
/// logic is applied on Linux; `sibling` is what ATT&CK has for Linux beside it.
public enum Analytic: String, CaseIterable, Sendable {
  case beacon
  case oneWay = "one-way"
  case tlsEgress = "tls-egress"
  case excessEgress = "excess-egress"
  case nonconforming

  public static let attackVersion = "18.1"

  public var slug: String { rawValue }

  /// The analytic whose logic this is.
  public var identifier: String {
    switch self {
    case .beacon: "AN0597"
    case .oneWay: "AN1599"
    case .tlsEgress: "AN1189"
    case .excessEgress: "AN0144"
    case .nonconforming: "AN1999"
    }
  }

  /// The analytic that ATT&CK has for Linux where this one's logic was published for another
  /// platform; nil where it is itself one for Linux.
  public var sibling: String? {
    switch self {
    case .beacon: nil
    case .oneWay: "AN1600"
    case .tlsEgress: "AN1190"
    case .excessEgress: "AN0145"
    case .nonconforming: "AN0634"
    }
  }

  /// The analytic that an identifier of ATT&CK's or a slug names; others of the same logic, and
  /// those for Linux beside one, name it too.
  public init?(name: String) {
    let found = Self.allCases.first { analytic in
      [analytic.slug, analytic.identifier, analytic.sibling].contains(name)
        || analytic.relatives.contains(name)
    }
    guard let found else { return nil }
    self = found
  }

  /// Analytics for other platforms that ask the same.
  private var relatives: [String] { self == .beacon ? ["AN1226", "AN0076"] : [] }

  /// The detection strategy that it belongs to.
  public var strategy: String {
    switch self {
    case .beacon: "DET0213"
    case .oneWay: "DET0581"
    case .tlsEgress: "DET0425"
    case .excessEgress: "DET0053"
    case .nonconforming: "DET0867"
    }
  }

  /// The technique it detects.
  public var technique: String {
    switch self {
    case .beacon: "T1030"
    case .oneWay: "T1102.003"
    case .tlsEgress: "T1102"
    case .excessEgress: "T1001"
    case .nonconforming: "T1595.002"
    }
  }

  /// The analytic that tells of the same bytes by another measure: what one of the two told of, the
  /// other adds to.
  public var twin: Analytic? {
    switch self {
    case .tlsEgress: .excessEgress
    case .excessEgress: .tlsEgress
    case .beacon, .oneWay, .nonconforming: nil
    }
  }

  /// The case's place in `allCases`.
  public var index: Int {
    switch self {
    case .beacon: 0
    case .oneWay: 1
    case .tlsEgress: 2
    case .excessEgress: 3
    case .nonconforming: 4
    }
  }
}

/// What one look at a pair or socket came to; the raw value is a metric label.
public enum Verdict: String, CaseIterable, Sendable {
  case finding, explained, clear
  case insufficientData = "insufficient_data"
  /// A finding that somebody answers for.
  case suppressed

  public var index: Int {
    switch self {
    case .finding: 0
    case .explained: 1
    case .clear: 2
    case .insufficientData: 3
    case .suppressed: 4
    }
  }
}
