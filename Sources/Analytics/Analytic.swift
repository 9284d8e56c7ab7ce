// SPDX-License-Identifier: Apache-2.0

/// The analytics this sensor runs; the raw value is the slug used in files and metric labels.
///
/// Identifiers are those of ATT&CK v18.1.
public enum Analytic: String, CaseIterable, Sendable {
  case beacon
  /// AN1599 is published for Windows; this is its logic applied on Linux.
  case oneWay = "one-way"

  public static let attackVersion = "18.1"

  public var slug: String { rawValue }

  /// The analytic whose logic this is.
  public var identifier: String {
    switch self {
    case .beacon: "AN0597"
    case .oneWay: "AN1599"
    }
  }

  /// The technique it detects.
  public var technique: String {
    switch self {
    case .beacon: "T1030"
    case .oneWay: "T1102.003"
    }
  }

  /// The case's place in `allCases`.
  public var index: Int {
    switch self {
    case .beacon: 0
    case .oneWay: 1
    }
  }
}

/// What one look at a pair or socket came to; the raw value is a metric label.
public enum Verdict: String, CaseIterable, Sendable {
  case finding, explained, clear
  case insufficientData = "insufficient_data"

  public var index: Int {
    switch self {
    case .finding: 0
    case .explained: 1
    case .clear: 2
    case .insufficientData: 3
    }
  }
}
