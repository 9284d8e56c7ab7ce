// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Findings
internal import Synchronization

/// Writes to the state directory beside the thread that owns the pipeline: a disk may take seconds.
///
/// One batch at a time: it is handed over whole, and belongs to nobody else from then on.
final class StateSaver: Sendable {
  /// What changed, as of a moment in Unix nanoseconds of event time.
  struct Batch: Sendable {
    let rows: [StateRow]
    let time: Int64
    /// Of the whole run.
    var hits = SuppressionHits()
  }

  /// How a batch ended; without an error all of it is saved.
  struct Outcome: Sendable {
    let batch: Batch
    let error: StateStoreError?
    /// What went wrong with the suppressions' hits.
    let hitsTrouble: String?
  }

  private struct Shelf: ~Copyable {
    /// Nil once it is closed.
    var store: StateStore?
    var hits: SuppressionHitsKeeper?
  }

  private struct Desk: Sendable {
    var waiting: Batch?
    var outcome: Outcome?
    /// A batch waits, or is being written.
    var isBusy = false
  }

  /// Held while a batch is written, and never taken while the desk is held.
  private let shelf: Mutex<Shelf>
  private let desk = Mutex(Desk())

  init(_ store: consuming sending StateStore, hits: SuppressionHitsKeeper? = nil) {
    shelf = Mutex(Shelf(store: store, hits: hits))
  }

  /// Takes a batch to write; false while the one before is not done or its outcome not taken.
  func offer(_ batch: Batch) -> Bool {
    let isTaken = desk.withLock { desk in
      guard !desk.isBusy, desk.outcome == nil else { return false }
      desk.waiting = batch
      desk.isBusy = true
      return true
    }
    if isTaken { Task.detached(priority: .utility) { self.write() } }
    return isTaken
  }

  var isBusy: Bool { desk.withLock { $0.isBusy } }

  func takeOutcome() -> Outcome? { desk.withLock { $0.outcome.take() } }

  /// Writes what waits; comes back when nothing is being written any more, by whomever.
  func write() {
    shelf.withLock { shelf in
      guard let batch = desk.withLock({ $0.waiting.take() }) else { return }
      var error: StateStoreError?
      if let store = shelf.store.take() {
        error = Self.failure(store, batch.rows)
        shelf.store = consume store
      }
      shelf.hits?.save(batch.hits)
      let trouble = shelf.hits?.takeTrouble()
      desk.withLock { desk in
        desk.outcome = Outcome(batch: batch, error: error, hitsTrouble: trouble)
        desk.isBusy = false
      }
    }
  }

  /// Gives the directory back; who was asked to write and comes too late finds nothing to do.
  func close() { shelf.withLock { $0.store = nil } }

  private static func failure(
    _ store: borrowing StateStore, _ rows: [StateRow]
  ) -> StateStoreError? {
    do throws(StateStoreError) {
      try store.save(rows)
      return nil
    } catch {
      return error
    }
  }
}
