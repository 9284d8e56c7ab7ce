// SPDX-License-Identifier: Apache-2.0

/// What the suppressions say of a finding.
public enum SuppressionMatch: Hashable, Sendable {
  case none
  /// All but one part of the rule holds; which one, `mismatches` says.
  case nearly(SuppressionRule)
  case suppressed(SuppressionRule)
}

/// All suppressions that are in force or were.
public struct Suppressions: Hashable, Sendable {
  /// Rules that are read at most.
  public static let limit = 4_096

  public private(set) var rules: [SuppressionRule]

  /// Takes each rule once, by its id; the later expiry counts.
  public init(rules: [SuppressionRule] = []) {
    var latest: [String: SuppressionRule] = [:]
    for rule in rules where rule.expires >= latest[rule.id]?.expires ?? .min {
      latest[rule.id] = rule
    }
    self.rules = latest.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The rule that holds for a finding, or else the one that misses least of it.
  ///
  /// `unixSeconds` is event time: a replay is judged by the rules of its own day.
  public func match(_ finding: Finding, at unixSeconds: Int64) -> SuppressionMatch {
    rules.isEmpty ? .none : match(SuppressionCandidate(finding), at: unixSeconds)
  }

  public func match(
    _ finding: SuppressionCandidate, at unixSeconds: Int64
  ) -> SuppressionMatch {
    var near: (rule: SuppressionRule, rank: Int)?
    for rule in rules {
      let missing = rule.mismatches(finding, at: unixSeconds)
      guard let part = missing.first else { return .suppressed(rule) }
      guard missing.count == 1, let rank = SuppressionRule.Part.allCases.firstIndex(of: part)
      else { continue }
      if rank < near?.rank ?? .max { near = (rule, rank) }
    }
    return near.map { .nearly($0.rule) } ?? .none
  }

  /// Rules in force, and those of them that end within two weeks.
  public func count(at unixSeconds: Int64) -> (active: Int, expiring: Int) {
    (
      rules.count { $0.isActive(at: unixSeconds) }, rules.count { $0.isExpiring(at: unixSeconds) }
    )
  }
}

/// How often each rule held a finding back, and when last.
public struct SuppressionHits: Hashable, Sendable {
  public struct Count: Hashable, Sendable {
    public var hits: UInt64
    /// Unix seconds.
    public var last: Int64

    public init(hits: UInt64, last: Int64) {
      self.hits = hits
      self.last = last
    }
  }

  private var counts: [String: Count] = [:]
  public private(set) var total: UInt64 = 0

  public init() {}

  public subscript(rule: SuppressionRule) -> Count? { counts[rule.id] }

  /// By rule id, in its order.
  public var sorted: [(id: String, count: Count)] {
    counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Counts a finding that `rule` held back; only rules in force are counted, so it stays bounded.
  public mutating func count(_ rule: SuppressionRule, at unixSeconds: Int64) {
    total &+= 1
    let before = counts[rule.id]
    counts[rule.id] = Count(
      hits: (before?.hits ?? 0) &+ 1, last: max(before?.last ?? .min, unixSeconds))
  }
}
