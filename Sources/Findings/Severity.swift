// SPDX-License-Identifier: Apache-2.0

public import Flows

/// How much a finding asks of the operator; the raw value is its word in every output.
public enum Severity: String, CaseIterable, Comparable, Sendable {
  /// Behaves, and its context says why: shown only on request.
  case explained
  case low, medium, high

  public var index: Int {
    switch self {
    case .explained: 0
    case .low: 1
    case .medium: 2
    case .high: 3
    }
  }

  public static func < (left: Severity, right: Severity) -> Bool { left.index < right.index }
}

/// What makes a behaviour less remarkable.
public enum Lower: String, CaseIterable, Sendable {
  /// The destination is private or link-local.
  case privateScope = "L3"
  /// A short question with a short answer over TLS looks like a handshake without an answer.
  case faint

  var reason: String {
    switch self {
    case .privateScope: "L3: private or link-local destination"
    case .faint: "faint: no more was sent than a handshake returns"
    }
  }
}

/// A severity with what led to it.
public struct SeverityJudgement: Hashable, Sendable {
  public var level: Severity
  /// The provenance, then whatever raised or lowered, by name.
  public var reasons: [String]

  /// Weighs a behaviour by who shows it and towards where.
  ///
  /// Medium: provenance P3, or P2 towards an external destination. Explained: P0 or P1 with a
  /// lower. Low: the rest, a broken service, and whatever has no process context.
  ///
  /// `provenance` is nil where nothing is known of the process; `isSimulated` lets loopback stand
  /// for an external destination.
  public init(
    provenance: ProvenanceJudgement?, scope: DestinationScope, isSimulated: Bool,
    isOutage: Bool = false, isFaint: Bool = false
  ) {
    guard let provenance else {
      self.init(level: .low, reasons: ["no process context"])
      return
    }
    let lowers = Self.lowers(scope) + (isFaint ? [.faint] : [])
    let isExternal = scope == .external || (scope == .loopback && isSimulated)
    var reasons = ["\(provenance.level.word): \(provenance.reason)"]
    if !provenance.missing.isEmpty {
      reasons.append("not known: \(provenance.missing.joined(separator: ", "))")
    }
    reasons.append("\(scope.rawValue) destination")
    reasons += lowers.map(\.reason)
    if isOutage { reasons.append("outage: this pair was answered not long ago") }
    let level: Severity =
      switch provenance.level {
      case .verified, .administrator: lowers.isEmpty ? .low : .explained
      case .userWritable: isExternal && lowers.isEmpty ? .medium : .low
      // No lower takes code from a temporary directory below medium.
      case .volatile: .medium
      }
    self.init(level: isOutage ? min(level, .low) : level, reasons: reasons)
  }

  private init(level: Severity, reasons: [String]) {
    self.level = level
    self.reasons = reasons
  }

  private static func lowers(_ scope: DestinationScope) -> [Lower] {
    switch scope {
    case .private, .linkLocal: [.privateScope]
    case .external, .loopback: []
    }
  }
}
