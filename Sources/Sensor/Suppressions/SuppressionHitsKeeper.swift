// SPDX-License-Identifier: Apache-2.0

internal import Findings

/// Adds a run's hits to those of the state directory, with each save where there are new ones.
struct SuppressionHitsKeeper {
  private let state: String
  private let before: [String: SuppressionHits.Count]
  private var saved: UInt64 = 0
  private var trouble: String?

  init(_ state: String) {
    self.state = state
    before = SuppressionHitsFile.load(from: state)
  }

  mutating func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }

  mutating func save(_ hits: SuppressionHits) {
    guard hits.total != saved else { return }
    do throws(SensorFailure) {
      try SuppressionHitsFile.save(before, adding: hits, to: state)
      saved = hits.total
    } catch {
      trouble = "the suppressions' hits were not saved: \(error.message)"
    }
  }
}
