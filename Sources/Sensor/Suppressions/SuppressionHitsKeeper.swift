// SPDX-License-Identifier: Apache-2.0

internal import Findings

/// Adds a run's hits to those of the state directory, once a minute where there are new ones.
struct SuppressionHitsKeeper {
  private static let intervalSeconds: Int64 = 60

  private let state: String
  private let before: [String: SuppressionHits.Count]
  private var saved: UInt64 = 0
  private var lastTry: Int64?
  private var trouble: String?

  init(_ state: String) {
    self.state = state
    before = SuppressionHitsFile.load(from: state)
  }

  mutating func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }

  /// `now` is Unix seconds of event time.
  mutating func saveIfDue(_ hits: SuppressionHits, at now: Int64) {
    if let lastTry, abs(now - lastTry) < Self.intervalSeconds { return }
    lastTry = now
    save(hits)
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
