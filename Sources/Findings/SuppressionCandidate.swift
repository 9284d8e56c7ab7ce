// SPDX-License-Identifier: Apache-2.0

public import Analytics
internal import Flows
internal import Wire

/// What suppressions ask of a finding, from the pipeline or from a file of findings.
public struct SuppressionCandidate: Hashable, Sendable {
  /// What is known of the files that the acting process itself runs; nil is "not known".
  public struct Code: Hashable, Sendable {
    public var sha256: String?
    /// Of the script's file.
    public var scriptSHA256: String?
    public var package: String?
    public var owner: UInt32?
    public var mode: UInt32?
    /// Executable or script is P3, whatever the host is for.
    public var isVolatile: Bool

    public init(
      sha256: String? = nil, scriptSHA256: String? = nil, package: String? = nil,
      owner: UInt32? = nil, mode: UInt32? = nil, isVolatile: Bool = false
    ) {
      self.sha256 = sha256
      self.scriptSHA256 = scriptSHA256
      self.package = package
      self.owner = owner
      self.mode = mode
      self.isVolatile = isVolatile
    }
  }

  /// Who acts; nil where the subject's text is of another version.
  public var program: SuppressedProgram?
  /// What started it; nil where that is not known.
  public var starter: SuppressedProgram?
  public var code: Code
  public var analytic: Analytic
  /// All that the finding is about: a rule must cover it whole.
  public var destination: DestinationPattern
  public var name: String?

  /// `subject` is the stable text of who acts.
  public init(
    subject: String, code: Code, analytic: Analytic, destination: DestinationPattern, name: String?
  ) {
    let fields = subject.split(separator: "|", omittingEmptySubsequences: false)
    if fields.count == 7, fields[0] == "s1" {
      program = SuppressedProgram(fields: fields[1...3])
      starter = SuppressedProgram(fields: fields[4...6])
    }
    self.code = code
    self.analytic = analytic
    self.destination = destination
    self.name = name
  }

  public init(_ finding: Finding) {
    let process = finding.process
    let file = process.executable
    let code = Code(
      sha256: file.sha256, scriptSHA256: process.scriptSHA256,
      package: file.package?.description, owner: file.owner, mode: file.mode,
      isVolatile: [process.provenance?.level, process.codeProvenance].contains(.volatile))
    self.init(
      subject: finding.subject, code: code, analytic: finding.analytic,
      destination: DestinationPattern(finding.destination.key), name: finding.destination.name)
  }

  /// Whether the process's own file is what the subject says that vouches for its path.
  public var isVouchedFor: Bool {
    guard let program else { return false }
    return Vouching.holds(
      program.origin, package: code.package, owner: code.owner, mode: code.mode)
  }
}
