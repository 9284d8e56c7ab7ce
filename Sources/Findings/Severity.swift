// SPDX-License-Identifier: Apache-2.0

internal import Flows

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

  fileprivate func lowered(by levels: Int) -> Severity {
    Self.allCases[max(0, index - levels)]
  }
}

/// A severity with what led to it: a function of the context and of nothing else.
///
///     high       P3 external; P2 or worse with 2 raises; any with 3 raises that include R3-R6
///     medium     P3; P2 external; P1 or worse with a raise; P0 with 2 raises
///     low        the rest
///     explained  P0 or P1, no raise, a lower
///
/// Each lower cancels one raise or, with none left, drops one level; never P3 below medium. The
/// raises that say least are cancelled first: a destination that is common makes it less
/// remarkable that it is new, and not that commands follow its answers.
public struct SeverityJudgement: Hashable, Sendable {
  /// What else kept the level down.
  public enum Limit: Hashable, Sendable {
    /// Nothing is known of the process.
    case noProcess
    /// Raises that do not count while the host is learned.
    case learning([Raise])
    case notStrong
    case irregular
    case outage
    case destinationDown
  }

  public private(set) var level: Severity
  /// Raises that count, in the order of their names.
  public private(set) var raises: [Raise] = []
  /// Raises that a lower cancelled.
  public private(set) var cancelled: [Raise] = []
  public private(set) var lowers: [Lower] = []
  /// In the order they were applied.
  public private(set) var limits: [Limit] = []

  /// Nil where the context leaves nothing to tell: visits without a clock are a finding only for
  /// code that users can write (P2, P3), and only to a destination that is new here.
  public init?(_ context: Context) {
    guard let provenance = context.provenance else {
      if context.isIrregular { return nil }
      // Somebody next door probes this host: that needs no process to ask for a look.
      level = context.isFromNeighbour && !context.isLearning ? .medium : .low
      limits = [.noProcess]
      return
    }
    if context.isIrregular {
      guard provenance >= .userWritable, context.isDestinationNew != false else { return nil }
    }
    let present = context.raises.sorted()
    let counted = context.isLearning ? present.filter(\.isOfControl) : present
    lowers = context.lowers.sorted()
    let weakestFirst = counted.filter { !$0.isOfControl } + counted.filter(\.isOfControl)
    cancelled = Array(weakestFirst.prefix(lowers.count))
    let cancelled = cancelled
    raises = counted.filter { !cancelled.contains($0) }
    level = max(
      Self.level(provenance, isExternal: context.isExternal, raises)
        .lowered(by: lowers.count - cancelled.count),
      Self.floor(provenance))
    if counted.count < present.count {
      limits.append(.learning(present.filter { !counted.contains($0) }))
    }
    limit(by: context, provenance)
  }

  private static func level(
    _ provenance: Provenance, isExternal: Bool, _ raises: [Raise]
  ) -> Severity {
    if raises.count >= 3, raises.contains(where: \.isOfControl) { return .high }
    switch provenance {
    case .volatile: return isExternal || raises.count >= 2 ? .high : .medium
    case .userWritable:
      if raises.count >= 2 { return .high }
      return isExternal || !raises.isEmpty ? .medium : .low
    case .administrator: return raises.isEmpty ? .low : .medium
    case .verified: return raises.count >= 2 ? .medium : .low
    }
  }

  /// How far lowers may take a provenance.
  private static func floor(_ provenance: Provenance) -> Severity {
    switch provenance {
    case .volatile: .medium
    case .userWritable: .low
    case .administrator, .verified: .explained
    }
  }

  private mutating func limit(by context: Context, _ provenance: Provenance) {
    if context.isIrregular {
      // Whether a destination is new is not known in the first week; P3 needs no week.
      let isNovel = context.isDestinationNew == true || provenance >= .volatile
      limit(to: isNovel ? .medium : .low, .irregular)
    }
    if !context.isStrong { limit(to: .medium, .notStrong) }
    if context.isOutage { limit(to: .low, .outage) }
    // An agent retries a dead collector. What R3 to R6 speak of retries a dead server likewise.
    if context.isDestinationDown, provenance <= .administrator,
      !raises.contains(where: \.isOfControl)
    {
      limit(to: .explained, .destinationDown)
    }
  }

  private mutating func limit(to highest: Severity, _ reason: Limit) {
    guard level > highest else { return }
    level = highest
    limits.append(reason)
  }
}
