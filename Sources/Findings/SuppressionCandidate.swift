// SPDX-License-Identifier: Apache-2.0

public import Analytics
internal import Flows
internal import Wire

/// What suppressions ask of a finding, from the pipeline or from a file of findings.
public struct SuppressionCandidate: Hashable, Sendable {
  /// Who acts; nil where the subject's text is of another version.
  public var program: SuppressedProgram?
  /// What started it; nil where that is not known.
  public var starter: SuppressedProgram?
  public var sha256: String?
  /// Its provenance is P3.
  public var isVolatile: Bool
  public var analytic: Analytic
  /// All that the finding is about: a rule must cover it whole.
  public var destination: DestinationPattern
  public var name: String?

  /// `subject` is the stable text of who acts.
  public init(
    subject: String, sha256: String?, isVolatile: Bool, analytic: Analytic,
    destination: DestinationPattern, name: String?
  ) {
    let fields = subject.split(separator: "|", omittingEmptySubsequences: false)
    if fields.count == 7, fields[0] == "s1" {
      program = SuppressedProgram(fields: fields[1...3])
      starter = SuppressedProgram(fields: fields[4...6])
    }
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
