// SPDX-License-Identifier: Apache-2.0

internal import Analytics
public import Findings

/// What `allow add` is told; what is nil comes from the finding, where there is one.
public struct SuppressionRequest: Sendable {
  public var origin: String?
  public var path: String?
  public var script: String?
  /// Three fields of a finding's subject, or `none`, which no finding says by itself.
  public var initiator: String?
  /// Hold whatever started it.
  public var isAnyInitiator = false
  public var destination: String?
  public var analytic: String?
  public var sha256: String?
  /// The same of the script's file.
  public var scriptSHA256: String?
  public var owner = ""
  public var reason = ""
  /// `2026-02-19`, or nil for 90 days.
  public var expires: String?
  public var days: Int?
  /// Hold for every analytic.
  public var isEveryAnalytic = false
  /// Leave the digests out, where a package vouches for the executable.
  public var isEveryVersion = false

  public init() {}

  /// The rule that is asked for.
  ///
  /// `now` is Unix seconds: from then on the days count.
  public func rule(
    for finding: FlatFinding?, now: Int64
  ) throws(SensorFailure) -> SuppressionRule {
    var draft = SuppressionDraft()
    if let finding { try fill(&draft, from: finding) }
    draft.origin = origin ?? draft.origin
    draft.path = path ?? draft.path
    draft.script = script ?? draft.script
    draft.initiator = isAnyInitiator ? nil : initiator ?? draft.initiator
    draft.isAnyInitiator = isAnyInitiator
    draft.destination = destination ?? draft.destination
    draft.analytic = isEveryAnalytic ? nil : analytic ?? draft.analytic
    draft.sha256 = isEveryVersion ? nil : sha256 ?? draft.sha256
    // Of every version of an interpreter one script can be meant.
    draft.scriptSHA256 = isEveryVersion ? scriptSHA256 : scriptSHA256 ?? draft.scriptSHA256
    draft.isEveryVersion = isEveryVersion
    draft.owner = owner
    draft.reason = reason
    draft.created = now
    draft.expires = try end(now)
    try checkWidth(draft)
    switch draft.rule() {
    case .success(let rule): return rule
    case .failure(let fault): throw SensorFailure(.usage, fault.text)
    }
  }

  /// What covers more than one file or one starter is said in so many words.
  private func checkWidth(_ draft: SuppressionDraft) throws(SensorFailure) {
    guard let path = draft.path, path.hasPrefix("/"), !draft.isAddress else { return }
    guard
      draft.sha256 != nil || isEveryVersion || draft.origin?.hasPrefix("uid:") ?? true
    else {
      throw SensorFailure(
        .usage,
        "no digest of \(path) is known: --every-version covers every version of it, --sha256 one")
    }
    let program = SuppressedProgram(origin: "", path: path, script: draft.script)
    if let script = program.scriptPath, draft.scriptSHA256 == nil, !isEveryVersion {
      throw SensorFailure(
        .usage,
        "no digest of \(script) is known: --every-version covers every version of it and of "
          + "\(path), --script-sha256 one")
    }
    guard draft.initiator != nil || isAnyInitiator else {
      throw SensorFailure(
        .usage,
        "it is not known what starts \(path): --any-initiator covers whatever does, --initiator "
          + "one program, --initiator none only what is started by nothing that is known")
    }
  }

  private func fill(
    _ draft: inout SuppressionDraft, from finding: FlatFinding
  ) throws(SensorFailure) {
    guard let candidate = finding.candidate, let program = candidate.program else {
      throw SensorFailure(.usage, "\(finding.id): lacks what a suppression needs of a finding")
    }
    guard !candidate.code.isVolatile else {
      throw SensorFailure(
        .usage,
        "\(finding.id): runs from a temporary place or was altered (P3): no suppression holds there"
      )
    }
    guard !program.origin.hasPrefix("pid:") else {
      throw SensorFailure(.usage, "\(finding.id): nothing is known of its executable")
    }
    guard candidate.isVouchedFor else {
      throw SensorFailure(
        .usage,
        "\(finding.id): the file that ran is not known to be of \(program.origin), though "
          + "\(program.path) was: no suppression holds there")
    }
    draft.origin = program.origin
    draft.path = program.path
    draft.script = program.script
    // A starter of which nothing but its pid is known never comes again. That none is known can be
    // arranged by whoever starts the program: it is asked for in words.
    if let starter = candidate.starter, !starter.origin.hasPrefix("pid:") {
      draft.initiator = starter.text
    }
    draft.destination = "\(candidate.destination)"
    draft.analytic = candidate.analytic.slug
    draft.sha256 = candidate.code.sha256
    // Of a class path it is the digest of one of many files.
    draft.scriptSHA256 = program.scriptPath == nil ? nil : candidate.code.scriptSHA256
  }

  private func end(_ now: Int64) throws(SensorFailure) -> Int64 {
    if let expires {
      guard let end = CalendarDay.unixSeconds(text: expires), end > now else {
        throw SensorFailure(.usage, "--expires is a date to come, as in 2026-02-19")
      }
      return end
    }
    let days = days ?? SuppressionRule.daysByDefault
    guard (1...3_650).contains(days) else {
      throw SensorFailure(.usage, "--days goes from 1 to 3650")
    }
    return now + Int64(days) * 86_400
  }
}
