// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import Wire

/// Answers questions about executables and scripts beside the thread that drains the ring.
///
/// One task at a time works on a bounded queue and ends when it is empty; asking and taking
/// answers costs the caller a lock that is held for an instant.
public final class IdentityService: Sendable {
  /// Questions that may wait; each is one image that opened its first connection.
  public static let queueLimit = 1_024

  private struct State: Sendable {
    var lookup: (any IdentityLookup)?
    var waiting: [IdentityQuestion] = []
    var answers: [IdentityAnswer] = []
    var isWorking = false
    var dropped: UInt64 = 0
    var unanswered: UInt64 = 0
    var refused: UInt64 = 0
  }

  private let state: Mutex<State>

  public init(_ lookup: sending any IdentityLookup = ExecutableLookup()) {
    state = Mutex(State(lookup: lookup))
  }

  /// Questions that found the queue full.
  public var droppedQuestions: UInt64 { state.withLock { $0.dropped } }

  /// Files that were too large, or too many in a minute, to be read.
  public var refusedFiles: UInt64 { state.withLock { $0.refused } }

  /// Questions about processes that were gone, with a file that could not be told for certain.
  public var unansweredQuestions: UInt64 { state.withLock { $0.unanswered } }

  public var isBusy: Bool { state.withLock { $0.isWorking || !$0.answers.isEmpty } }

  /// Queues a question.
  public func ask(_ question: IdentityQuestion) {
    let isIdle = state.withLock { state in
      guard state.waiting.count < Self.queueLimit else {
        state.dropped += 1
        return false
      }
      state.waiting.append(question)
      defer { state.isWorking = true }
      return !state.isWorking
    }
    if isIdle { Task.detached(priority: .background) { self.work() } }
  }

  /// The answers that have come since the last call.
  public func takeAnswers() -> [IdentityAnswer] {
    state.withLock { state in
      guard !state.answers.isEmpty else { return [] }
      defer { state.answers = [] }
      return state.answers
    }
  }

  private func work() {
    while let (question, lookup) = next() {
      var lookup = lookup
      let facts = lookup.facts(for: question)
      let script = lookup.scriptFacts(for: question)
      state.withLock { state in
        state.refused = lookup.refusedFiles
        state.lookup = lookup
        if facts != nil || script != nil {
          state.answers.append(
            IdentityAnswer(
              image: question.image, facts: facts ?? ExecutableFacts(), script: script))
        } else {
          state.unanswered += 1
        }
      }
    }
  }

  /// The next question with the lookup, which nobody else has meanwhile; nil ends the work.
  private func next() -> (IdentityQuestion, any IdentityLookup)? {
    state.withLock { state in
      guard !state.waiting.isEmpty, let lookup = state.lookup.take() else {
        state.isWorking = false
        return nil
      }
      return (state.waiting.removeFirst(), lookup)
    }
  }
}
