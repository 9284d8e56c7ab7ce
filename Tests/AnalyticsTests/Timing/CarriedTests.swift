// SPDX-License-Identifier: Apache-2.0

import EventScript
import Testing

@testable import Analytics

@Suite("Timing evidence out of one run and into the next")
struct CarriedTests {
  private func requests(_ count: Int) -> [Double] {
    var gaps = ExponentialGaps(seed: 11, mean: 6)
    return (0..<count).map { 1.7e9 + 60 * Double($0) + gaps.next() }
  }

  private func carried(_ evidence: TimingEvidence) throws -> TimingEvidence {
    var saver = NumberCarrier(epochNanoseconds: 0)
    var copy = evidence
    copy.carry(&saver)
    var restorer = NumberCarrier(saver.numbers, epochNanoseconds: 0)
    var restored = TimingEvidence()
    restored.carry(&restorer)
    try #require(restorer.isWhole)
    return restored
  }

  @Test(
    "Carried after any request, it comes to the same, to the last bit", arguments: [1, 2, 3, 40])
  func exact(split: Int) throws {
    let times = requests(80)
    var whole = TimingEvidence()
    for time in times { whole.record(requestAt: time) }
    var first = TimingEvidence()
    for time in times[..<split] { first.record(requestAt: time) }
    var second = try carried(first)
    for time in times[split...] { second.record(requestAt: time) }
    #expect(second.logEvidence == whole.logEvidence)
    #expect(second.periodSeconds == whole.periodSeconds)
    #expect(second.jitterRatio == whole.jitterRatio)
    #expect(second.visits == whole.visits && second.requests == whole.requests)
    #expect(second.isPeriodicNow == whole.isPeriodicNow)
  }

  @Test("An interval is dropped when nobody watched for more than a tenth of it, and only then")
  func absence() {
    var watched = TimingEvidence()
    for index in 0..<20 { watched.record(requestAt: 60 * Double(index)) }
    var short = watched
    var long = watched
    let before = watched.logEvidence
    watched.record(requestAt: 20 * 60)
    short.note(absence: 6)
    short.record(requestAt: 20 * 60)
    #expect(short.logEvidence == watched.logEvidence)
    long.note(absence: 6.1)
    long.record(requestAt: 20 * 60)
    #expect(long.logEvidence == before)
    #expect(long.visits == watched.visits)
    // The next interval counts again.
    long.record(requestAt: 21 * 60)
    #expect(long.logEvidence > before)
  }

  @Test("Numbers that are missing, too many, or out of their range are refused")
  func refused() {
    var evidence = TimingEvidence()
    for time in requests(30) { evidence.record(requestAt: time) }
    var saver = NumberCarrier(epochNanoseconds: 0)
    evidence.carry(&saver)
    func isTaken(_ numbers: [UInt64]) -> Bool {
      var carrier = NumberCarrier(numbers, epochNanoseconds: 0)
      var fresh = TimingEvidence()
      fresh.carry(&carrier)
      return carrier.isWhole
    }
    #expect(isTaken(saver.numbers))
    #expect(!isTaken(saver.numbers.dropLast()))
    #expect(!isTaken(saver.numbers + [0]))
    var notANumber = saver.numbers
    notANumber[0] = Double.nan.bitPattern
    #expect(!isTaken(notANumber))
    // The count of requests stands before the last two numbers.
    var endless = saver.numbers
    endless[endless.count - 3] = .max
    #expect(!isTaken(endless))
  }
}
