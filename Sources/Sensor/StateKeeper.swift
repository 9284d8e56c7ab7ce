// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Findings
internal import Wire

/// Brings a pipeline's memory out of a state directory and back into it.
///
/// Saved once a minute of event time, beside the pipeline's thread, and at the end. A save that fails
/// is counted and tried again with the next; the pipeline goes on.
struct StateKeeper {
  /// Between two saves, of event time.
  static let interval = Duration.seconds(60)
  /// What a disk without room owes is told once in so many saves that fail, or find one under way.
  private static let tellEvery: UInt64 = 60

  private let directory: String
  private let intervalNanoseconds: Int64
  let saver: StateSaver
  /// What the store had, until the pipeline gets it.
  private var loaded: [StateRow]
  private var damagedRows: UInt64
  /// Saves that failed.
  private var errors: UInt64 = 0
  /// Saves that were left out because the one before was not done.
  private var skipped: UInt64 = 0
  /// Unix nanoseconds of event time at the last save; nil before the first.
  private var savedAt: Int64?
  private var lastTry: Int64?
  private var troubles: [String] = []
  private var isDoubtTold = false
  private var isRedatingTold = false

  /// Opens or makes the directory's store and reads what it has.
  ///
  /// `countsHits` adds this run's hits of suppressions to those of the directory.
  init(
    _ directory: String, countsHits: Bool = false, every interval: Duration = Self.interval,
    pageLimit: Int = StateStore.pageLimit
  ) throws(SensorFailure) {
    self.directory = directory
    intervalNanoseconds = Int64(clamping: interval.wholeNanoseconds)
    do throws(StateStoreError) {
      var store = try StateStore(directory: directory, pageLimit: pageLimit)
      loaded = try store.load()
      damagedRows = store.damagedRows
      saver = StateSaver(store, hits: countsHits ? SuppressionHitsKeeper(directory) : nil)
    } catch {
      throw SensorFailure(error)
    }
  }

  /// Gives a pipeline that has seen nothing what the store had.
  mutating func restore(_ pipeline: inout DetectionPipeline) {
    pipeline.keep(loaded)
    loaded = []
    let damaged = damagedRows + pipeline.unreadableRows
    guard damaged > 0 else { return }
    troubles.append("\(directory): \(damaged) rows of the state are damaged and left out")
  }

  /// What the metrics tell of it.
  struct Status {
    let errors: UInt64
    let skipped: UInt64
    /// Unix nanoseconds.
    let savedAt: Int64?
  }

  var status: Status { Status(errors: errors, skipped: skipped, savedAt: savedAt) }

  mutating func takeTroubles() -> [String] {
    defer { troubles = [] }
    return troubles
  }

  /// Saves when it is time again.
  mutating func saveIfDue(_ pipeline: inout DetectionPipeline) {
    tellClock(pipeline)
    takeOutcome(&pipeline)
    let now = pipeline.wallNanoseconds
    guard let lastTry else {
      self.lastTry = now
      return
    }
    // A clock that was set back makes a save due as well.
    guard abs(now - lastTry) >= intervalNanoseconds else { return }
    self.lastTry = now
    guard !saver.isBusy else {
      if skipped % Self.tellEvery == 0 {
        troubles.append("the state was not saved: the save before is not done; see the disk")
      }
      skipped += 1
      return
    }
    // One that ended since the last look: an outcome that nobody took would refuse the batch.
    takeOutcome(&pipeline)
    _ = saver.offer(batch(&pipeline))
  }

  private func batch(_ pipeline: inout DetectionPipeline) -> StateSaver.Batch {
    StateSaver.Batch(
      rows: pipeline.takeStateChanges(), time: pipeline.wallNanoseconds,
      hits: pipeline.suppressionHits)
  }

  /// The last save: waits for the one under way, and until it is done itself; closes the store.
  mutating func finish(_ pipeline: inout DetectionPipeline) {
    tellClock(pipeline)
    saver.write()
    takeOutcome(&pipeline)
    _ = saver.offer(batch(&pipeline))
    saver.write()
    saver.close()
    takeOutcome(&pipeline)
  }

  private mutating func takeOutcome(_ pipeline: inout DetectionPipeline) {
    guard let outcome = saver.takeOutcome() else { return }
    if let trouble = outcome.hitsTrouble { troubles.append(trouble) }
    guard let error = outcome.error else {
      savedAt = outcome.batch.time
      return
    }
    pipeline.giveBack(outcome.batch.rows)
    if errors % Self.tellEvery == 0 {
      troubles.append("the state was not saved: \(error.description)")
    }
    errors += 1
  }

  /// A clock that is not believed, and what a wrong one wrote, are said once.
  private mutating func tellClock(_ pipeline: borrowing DetectionPipeline) {
    if !isDoubtTold, pipeline.baseline.isClockDoubted {
      isDoubtTold = true
      troubles.append(
        "\(directory): the wall clock is far from the last save; what is learned is dated from "
          + "there until the clock is set, for an hour at most")
    }
    let redated = pipeline.baseline.redatedRows
    if !isRedatingTold, redated > 0 {
      isRedatingTold = true
      troubles.append(
        "\(directory): \(redated) rows of the state were dated later than the clock; they got "
          + "earlier dates")
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
