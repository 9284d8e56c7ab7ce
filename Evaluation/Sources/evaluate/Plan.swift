// SPDX-License-Identifier: Apache-2.0

/// How much is measured: everything for the document, little for a check in CI.
struct Plan: Hashable, Sendable {
  /// Of each cell with a clock, and of each implant.
  var seeds: Int
  /// Of each source without a clock.
  var nullSeeds: Int
  /// Visits after which a source without a clock is let go.
  var nullVisits = 1_000
  /// Runs of each implant on each host, with seeds of their own.
  var copies: Int
  /// Hosts of each role, and the days each is watched after its first seven.
  var hosts: Int
  var days: Int

  static let full = Plan(seeds: 200, nullSeeds: 400, copies: 6, hosts: 6, days: 14)
  /// All tables with few seeds, to look at them while something is changed.
  static let preview = Plan(seeds: 40, nullSeeds: 40, copies: 2, hosts: 1, days: 3)
  static let quick = Plan(seeds: 20, nullSeeds: 20, nullVisits: 300, copies: 1, hosts: 1, days: 3)

  /// Days during which a host is only looked at before what is unusual on it counts.
  static let learningDays = 7
}
