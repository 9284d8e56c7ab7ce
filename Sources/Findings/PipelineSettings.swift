// SPDX-License-Identifier: Apache-2.0

public import Analytics
public import Flows

/// Everything that decides what a stream's findings are.
public struct PipelineSettings: Hashable, Sendable {
  public var analytics = AnalyticSettings()
  public var flows = FlowLimits()
  /// Findings kept, closed ones included.
  public var findingLimit = 4_096
  /// What a state directory keeps of them.
  public var retention = FindingRetention()
  /// A finding is written again at most this often.
  public var updateInterval: Duration = .seconds(300)
  /// An open finding is judged anew at most this often, and told at once when it got worse.
  public var reviewInterval: Duration = .seconds(60)
  /// Tell explained findings as well (`--all`).
  public var includeExplained = false
  /// The services that are declared for this host.
  public var inventory = Inventory()
  /// What is declared for one analytic alone, by ATT&CK's lists.
  public var declarations = Declarations()
  /// What this host is for, as in `ci`; nil where nobody says.
  public var role: String?
  /// Findings that somebody answers for.
  public var suppressions = Suppressions()

  public init() {}
}
