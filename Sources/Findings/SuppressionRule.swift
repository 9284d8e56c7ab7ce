// SPDX-License-Identifier: Apache-2.0

public import Analytics
internal import Digest

/// A finding that somebody answers for: this program, started by that one, may do that towards this
/// destination.
///
/// Never a name alone: what vouches for the path, and for what no package owns the content, is part
/// of the rule. So is the content of a script, unless every version is meant.
public struct SuppressionRule: Hashable, Sendable {
  /// What has to be the same for a rule to hold.
  public enum Part: String, CaseIterable, Sendable {
    case expiry, digest, scriptDigest, provenance, analytic, port, destination, starter, script
    case executable
  }

  /// What may have started the program: curl does the work of whoever runs it.
  public enum Starter: Hashable, Sendable {
    case anything
    /// Only while it is not known what did.
    case unknown
    case program(SuppressedProgram)
  }

  public static let daysByDefault = 90
  /// A rule is expiring for this long before its end.
  public static let warningDays = 14

  public var program: SuppressedProgram
  public var starter: Starter
  public var destination: DestinationPattern
  /// Nil holds for every analytic.
  public var analytic: Analytic?
  /// SHA-256 of the executable, lower-case hexadecimal; nil holds for every version.
  public var sha256: String?
  /// The same of the script's file.
  public var scriptSHA256: String?
  public var owner: String
  public var reason: String
  /// Unix seconds.
  public var created: Int64?
  /// Unix seconds; from then on the rule is void.
  public var expires: Int64

  public init(
    program: SuppressedProgram, starter: Starter, destination: DestinationPattern,
    analytic: Analytic? = nil, sha256: String?, scriptSHA256: String? = nil, owner: String,
    reason: String, created: Int64? = nil, expires: Int64
  ) {
    self.program = program
    self.starter = starter
    self.destination = destination
    self.analytic = analytic
    self.sha256 = sha256
    self.scriptSHA256 = scriptSHA256
    self.owner = owner
    self.reason = reason
    self.created = created
    self.expires = expires
  }

  /// Names what the rule takes: "s-" and six characters, the same wherever the same is taken.
  public var id: String {
    let started =
      switch starter {
      case .anything: "*"
      case .unknown: ""
      case .program(let program): program.text
      }
    let parts =
      [program.text, started, "\(destination)", analytic?.identifier ?? "", sha256 ?? ""]
      + (scriptSHA256.map { [$0] } ?? [])
    return "s-" + SHA256.crockford(Array(parts.joined(separator: "\n").utf8), characters: 6)
  }

  public func isActive(at unixSeconds: Int64) -> Bool { unixSeconds < expires }

  public func isExpiring(at unixSeconds: Int64) -> Bool {
    let warning = expires.subtractingReportingOverflow(Int64(Self.warningDays) * 86_400)
    return isActive(at: unixSeconds) && (warning.overflow || unixSeconds >= warning.partialValue)
  }

  /// What of a finding is not as the rule says; none, and it holds.
  ///
  /// An unknown digest is not the recorded one, and a package that is only remembered vouches for
  /// nothing. Code from a temporary directory and the like (P3)
  /// is never what somebody answered for.
  public func mismatches(_ finding: SuppressionCandidate, at unixSeconds: Int64) -> [Part] {
    var parts: [Part] = []
    if !isActive(at: unixSeconds) { parts.append(.expiry) }
    let who = finding.program
    if who?.origin == program.origin, who?.path == program.path, finding.isVouchedFor {
      if let sha256, finding.code.sha256 != sha256 { parts.append(.digest) }
    } else {
      parts.append(.executable)
    }
    if finding.code.isVolatile { parts.append(.provenance) }
    if let analytic, analytic != finding.analytic { parts.append(.analytic) }
    if !destination.takes(port: finding.destination.port) { parts.append(.port) }
    if !destination.covers(finding.destination.host, name: finding.name) {
      parts.append(.destination)
    }
    if !starter.takes(finding.starter) { parts.append(.starter) }
    if who?.script != program.script {
      parts.append(.script)
    } else if let scriptSHA256, finding.code.scriptSHA256 != scriptSHA256 {
      parts.append(.scriptDigest)
    }
    return parts
  }
}

extension SuppressionRule.Starter {
  fileprivate func takes(_ other: SuppressedProgram?) -> Bool {
    switch self {
    case .anything: true
    case .unknown: other == nil
    case .program(let own): other == own
    }
  }
}
