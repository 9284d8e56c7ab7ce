// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Findings
internal import Wire

/// Brings a pipeline's memory out of a state directory and back into it.
///
/// Saved every minute of event time and at the end. A save that fails is counted and tried again
/// with the next; the pipeline goes on.
struct StateKeeper: ~Copyable {
  private static let intervalNanoseconds: Int64 = 60_000_000_000
  /// What a disk without room owes is told once in so many saves that fail.
  private static let tellEvery: UInt64 = 60

  private var store: StateStore
  /// Saves that failed.
  private(set) var errors: UInt64 = 0
  /// Unix nanoseconds of event time at the last save; nil before the first.
  private(set) var savedAt: Int64?
  private var lastTry: Int64?
  private var trouble: String?

  /// Opens or makes the directory's store and gives the pipeline what it has.
  init(_ directory: String, for pipeline: inout DetectionPipeline) throws(SensorFailure) {
    do throws(StateStoreError) {
      var opened = try StateStore(directory: directory)
      pipeline.keep(try opened.load())
      let damaged = opened.damagedRows + pipeline.unreadableRows
      store = opened
      if damaged > 0 {
        trouble = "\(directory): \(damaged) rows of the state are damaged and left out"
      }
    } catch {
      throw SensorFailure(error)
    }
  }

  /// What the metrics tell of it.
  struct Status {
    let errors: UInt64
    /// Unix nanoseconds.
    let savedAt: Int64?
  }

  var status: Status { Status(errors: errors, savedAt: savedAt) }

  mutating func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }

  /// Saves when a minute has gone by since the last time.
  mutating func saveIfDue(_ pipeline: inout DetectionPipeline) {
    let now = pipeline.wallNanoseconds
    guard let lastTry else {
      self.lastTry = now
      return
    }
    // A clock that was set back makes a save due as well.
    guard abs(now - lastTry) >= Self.intervalNanoseconds else { return }
    save(&pipeline)
  }

  mutating func save(_ pipeline: inout DetectionPipeline) {
    lastTry = pipeline.wallNanoseconds
    let rows = pipeline.takeStateChanges()
    do throws(StateStoreError) {
      try store.save(rows)
      savedAt = lastTry
    } catch {
      pipeline.giveBack(rows)
      if errors % Self.tellEvery == 0 { trouble = "the state was not saved: \(error.description)" }
      errors += 1
    }
  }
}

extension SensorFailure {
  init(_ error: StateStoreError) {
    switch error {
    case .missing: self.init(.fileMissing, error.description)
    case .directory, .writableByOthers, .inUse, .foreign, .newer, .corrupt, .full, .failed:
      self.init(.inputOutput, error.description)
    }
  }
}
