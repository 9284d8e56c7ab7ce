// SPDX-License-Identifier: Apache-2.0

import Statistics

/// A table of a document.
struct Table {
  let columns: [String]
  private(set) var rows: [[String]] = []

  init(_ columns: String...) {
    self.columns = columns
  }

  init(columns: [String]) {
    self.columns = columns
  }

  mutating func add(_ cells: String...) { rows.append(cells) }
  mutating func add(cells: [String]) { rows.append(cells) }

  var text: String {
    let lines = [columns, columns.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
  }
}

extension Optional where Wrapped == Double {
  /// A dash where there is nothing to tell.
  func text(_ places: Int) -> String { self?.text(places) ?? "-" }
}

/// A part of the document, and how it did against its targets.
struct Section: Sendable {
  var text = ""
  var targets: [Target] = []

  mutating func say(_ line: String) { text += line + "\n" }

  mutating func paragraph(_ lines: String) { text += lines + "\n\n" }

  mutating func add(_ table: Table) { text += table.text + "\n" }
}

/// One row of the table of targets.
struct Target: Sendable {
  enum Outcome: Sendable {
    case met
    /// By how much.
    case missed(String)
    /// Nothing is asked, or it is not measured here.
    case told
  }

  var quantity: String
  var goal: String
  var measured: String
  var peers: String
  var outcome: Outcome
  /// Why it is missed, or how to read it.
  var note = ""
  /// Missed by more than the interval allows: chance does not explain it.
  var isCertainMiss = false

  var verdict: String {
    switch outcome {
    case .met: "met"
    case .missed(let amount): "**missed** by \(amount)"
    case .told: "-"
    }
  }

  /// A share that must reach `goal`.
  static func atLeast(
    _ goal: Double, _ share: Share, _ quantity: String, peers: String, note: String = "",
    places: Int = 3
  ) -> Target {
    let isMet = share.value >= goal
    return Target(
      quantity: quantity, goal: ">= \(goal.text(places))", measured: share.text(places),
      peers: peers, outcome: isMet ? .met : .missed((goal - share.value).text(places)), note: note,
      isCertainMiss: share.interval.upperBound < goal)
  }

  /// A share that must not exceed `goal`.
  static func atMost(
    _ goal: Double, _ share: Share, _ quantity: String, peers: String, note: String = "",
    places: Int = 3
  ) -> Target {
    let isMet = share.value <= goal
    return Target(
      quantity: quantity, goal: "<= \(goal.text(places))", measured: share.text(places),
      peers: peers, outcome: isMet ? .met : .missed((share.value - goal).text(places)), note: note,
      isCertainMiss: share.interval.lowerBound > goal)
  }
}
