// SPDX-License-Identifier: Apache-2.0

public import Analytics
internal import Digest
internal import Flows
internal import Wire

/// A finding that somebody answers for: this executable may do that towards this destination.
///
/// Never a name alone: what vouches for the path, and for what no package owns the content, is part
/// of the rule.
public struct SuppressionRule: Hashable, Sendable {
  /// What has to be the same for a rule to hold.
  public enum Part: String, CaseIterable, Sendable {
    case expiry, digest, provenance, analytic, port, destination, script, executable
  }

  public static let daysByDefault = 90
  /// A rule is expiring for this long before its end.
  public static let warningDays = 14

  /// What vouches for the path, as in a finding's subject: `pkg:curl`, `uid:0`, `image:nginx`.
  public var origin: String
  /// The executable's whole path; empty only where an address stands in for a process.
  public var path: String
  /// The code it interprets, as in a finding's subject; nil for a program that runs none.
  public var script: String?
  public var destination: DestinationPattern
  /// Nil holds for every analytic.
  public var analytic: Analytic?
  /// SHA-256 of the executable, lower-case hexadecimal; another digest voids the rule.
  public var sha256: String?
  public var owner: String
  public var reason: String
  /// Unix seconds.
  public var created: Int64?
  /// Unix seconds; from then on the rule is void.
  public var expires: Int64

  public init(
    origin: String, path: String, script: String? = nil, destination: DestinationPattern,
    analytic: Analytic? = nil, sha256: String? = nil, owner: String, reason: String,
    created: Int64? = nil, expires: Int64
  ) {
    self.origin = origin
    self.path = path
    self.script = script
    self.destination = destination
    self.analytic = analytic
    self.sha256 = sha256
    self.owner = owner
    self.reason = reason
    self.created = created
    self.expires = expires
  }

  /// Names what the rule takes: "s-" and six characters, the same for the same five parts.
  public var id: String {
    let parts = [origin, path, script ?? "", "\(destination)", analytic?.identifier ?? ""]
    return "s-" + SHA256.crockford(Array(parts.joined(separator: "\n").utf8), characters: 6)
  }

  public func isActive(at unixSeconds: Int64) -> Bool { unixSeconds < expires }

  public func isExpiring(at unixSeconds: Int64) -> Bool {
    let warning = expires.subtractingReportingOverflow(Int64(Self.warningDays) * 86_400)
    return isActive(at: unixSeconds) && (warning.overflow || unixSeconds >= warning.partialValue)
  }

  /// What of a finding is not as the rule says; none, and it holds.
  ///
  /// An unknown digest is not the recorded one. Code from a temporary directory and the like (P3)
  /// is never what somebody answered for.
  public func mismatches(_ finding: SuppressionCandidate, at unixSeconds: Int64) -> [Part] {
    var parts: [Part] = []
    if !isActive(at: unixSeconds) { parts.append(.expiry) }
    let who = SuppressedSubject(finding.subject)
    let isSameExecutable = who?.origin == origin && who?.path == path
    if isSameExecutable {
      if let sha256, finding.sha256 != sha256 { parts.append(.digest) }
    } else {
      parts.append(.executable)
    }
    if finding.isVolatile { parts.append(.provenance) }
    if let analytic, analytic != finding.analytic { parts.append(.analytic) }
    if !destination.takes(port: finding.destination.port) { parts.append(.port) }
    if !destination.covers(finding.destination.host, name: finding.name) {
      parts.append(.destination)
    }
    if who?.script != script { parts.append(.script) }
    return parts
  }
}

/// What suppressions ask of a finding, from the pipeline or from a file of findings.
public struct SuppressionCandidate: Hashable, Sendable {
  public var subject: String
  public var sha256: String?
  /// Its provenance is P3.
  public var isVolatile: Bool
  public var analytic: Analytic
  /// All that the finding is about: a rule must cover it whole.
  public var destination: DestinationPattern
  public var name: String?

  public init(
    subject: String, sha256: String?, isVolatile: Bool, analytic: Analytic,
    destination: DestinationPattern, name: String?
  ) {
    self.subject = subject
    self.sha256 = sha256
    self.isVolatile = isVolatile
    self.analytic = analytic
    self.destination = destination
    self.name = name
  }

  public init(_ finding: Finding) {
    self.init(
      subject: finding.subject, sha256: finding.process.executable.sha256,
      isVolatile: finding.process.provenance.map { $0.level >= .volatile } ?? false,
      analytic: finding.analytic, destination: DestinationPattern(finding.destination.key),
      name: finding.destination.name)
  }
}

/// Who a finding is about, read from its subject's text.
public struct SuppressedSubject: Hashable, Sendable {
  public let origin: String
  public let path: String
  public let script: String?

  /// Nil for a text of another version.
  public init?(_ subject: String) {
    let fields = subject.split(separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 7, fields[0] == "s1" else { return nil }
    origin = String(fields[1])
    path = String(fields[2])
    script = fields[3].isEmpty ? nil : String(fields[3])
  }
}
