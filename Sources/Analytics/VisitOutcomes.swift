// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

/// Which of a key's visits nobody answered, in constant space.
///
/// A visit may take several connections: a client tries one address after the other, or the same
/// one again. It failed only where none of them was answered. What becomes of a connect is known
/// later, so the last visits are remembered; an outcome that comes after `capacity` further visits
/// is not taken.
struct VisitOutcomes<let capacity: Int>: BitwiseCopyable, Sendable {
  private struct Visit: BitwiseCopyable, Sendable {
    var start = KernelInstant.zero
    var connects: UInt32 = 0
    var failures: UInt32 = 0
    var isAnswered = false

    var hasFailed: Bool { !isAnswered && connects > 0 && failures == connects }
  }

  /// As the timing test merges requests.
  private static var mergeNanoseconds: UInt64 { UInt64(FineCollapse.mergeSeconds * 1e9) }

  /// A ring; the newest is before `next`.
  private var visits = InlineArray<capacity, Visit>(repeating: Visit())
  private var next = 0
  private var count = 0
  private var lastRequest = KernelInstant.zero
  /// Visits that failed, those that are no longer remembered too.
  private(set) var failed: UInt64 = 0

  mutating func note(_ request: Request) {
    if count == 0 || request.time > lastRequest.advanced(byNanoseconds: Self.mergeNanoseconds) {
      visits[next] = Visit(start: request.time)
      next = (next + 1) % capacity
      count = min(count + 1, capacity)
    }
    lastRequest = max(lastRequest, request.time)
    change(visitOf: request.time) { visit in
      switch request.kind {
      case .connect: if visit.connects < .max { visit.connects += 1 }
      // Nothing is sent on a connection that is not there.
      case .send: visit.isAnswered = true
      }
    }
  }

  /// A connect of that time failed; told once.
  mutating func note(failureAt time: KernelInstant) {
    change(visitOf: time) { visit in
      if visit.failures < visit.connects { visit.failures += 1 }
    }
  }

  /// A connect of that time was answered.
  mutating func note(answerAt time: KernelInstant) {
    change(visitOf: time) { $0.isAnswered = true }
  }

  /// Changes the visit that a moment belongs to, where it is remembered.
  private mutating func change(visitOf time: KernelInstant, _ body: (inout Visit) -> Void) {
    for age in 1...capacity where age <= count {
      let place = (next + capacity - age) % capacity
      guard visits[place].start <= time else { continue }
      if visits[place].hasFailed { failed -= min(failed, 1) }
      body(&visits[place])
      if visits[place].hasFailed { failed += 1 }
      return
    }
  }

  /// The failed visits in a row up to now, as far as they are remembered.
  var failingRun: FailingRun? {
    var run: FailingRun?
    for age in 1...capacity where age <= count {
      let visit = visits[(next + capacity - age) % capacity]
      if visit.hasFailed {
        run = FailingRun(visits: (run?.visits ?? 0) + 1, since: visit.start)
      } else if age > 1 || visit.isAnswered {
        // Of the newest connect nobody may know yet what becomes of it.
        break
      }
    }
    return run
  }

  /// Takes over from a smaller memory; of a key that saw `visits` no more can have failed.
  mutating func take<let size: Int>(_ other: VisitOutcomes<size>, visits limit: Int) {
    for age in (1...size).reversed() where age <= other.count {
      let visit = other.visits[(other.next + size - age) % size]
      visits[next] = Visit(
        start: visit.start, connects: visit.connects, failures: visit.failures,
        isAnswered: visit.isAnswered)
      next = (next + 1) % capacity
      count = min(count + 1, capacity)
    }
    lastRequest = other.lastRequest
    failed = min(other.failed, UInt64(max(limit, 0)))
  }
}

/// Visits that all failed, the last one included.
public struct FailingRun: Hashable, Sendable {
  public var visits: Int
  /// The first of them.
  public var since: KernelInstant
}

extension VisitOutcomes: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    for index in visits.indices {
      carrier.carry(&visits[index].start)
      carrier.carry(&visits[index].connects, in: 0...UInt32.max)
      carrier.carry(&visits[index].failures, in: 0...UInt32.max)
      carrier.carry(&visits[index].isAnswered)
    }
    carrier.carry(&next, in: 0...capacity - 1)
    carrier.carry(&count, in: 0...capacity)
    carrier.carry(&lastRequest)
    carrier.carry(count: &failed)
  }
}
