// SPDX-License-Identifier: Apache-2.0

import Findings
import Flows
import Testing

/// One sentence of the rule: a context, and what it must come to.
struct SeverityCase: Sendable, CustomTestStringConvertible {
  let provenance: Provenance?
  let isExternal: Bool
  let raises: Set<Raise>
  let lowers: Set<Lower>
  let expected: Severity

  init(
    _ provenance: Provenance?, _ place: Place, _ raises: Set<Raise> = [],
    _ lowers: Set<Lower> = [], _ expected: Severity
  ) {
    self.provenance = provenance
    isExternal = place == .outside
    self.raises = raises
    self.lowers = lowers
    self.expected = expected
  }

  enum Place: Sendable { case outside, near }

  var context: Context {
    Context(provenance: provenance, isExternal: isExternal, raises: raises, lowers: lowers)
  }

  var testDescription: String {
    let names = raises.map(\.rawValue).sorted() + lowers.map(\.rawValue).sorted()
    return "\(provenance?.word ?? "no process") \(isExternal ? "external" : "near") \(names)"
  }
}

private let p0 = Provenance.verified
private let p1 = Provenance.administrator
private let p2 = Provenance.userWritable
private let p3 = Provenance.volatile

/// Expected values are read off the sentences of docs/findings.md, each named.
@Suite("The severity rule")
struct SeverityRuleTests {
  private func level(_ context: Context) -> Severity? { SeverityJudgement(context)?.level }

  @Test(
    "High: P3 external; P2 with two raises; any with three raises that include R3-R6",
    arguments: [
      SeverityCase(p3, .outside, [], [], .high),
      SeverityCase(p3, .outside, [.newDestination], [], .high),
      SeverityCase(p2, .outside, [.newDestination, .unnamed], [], .high),
      SeverityCase(p2, .near, [.newDestination, .rareSubject], [], .high),
      SeverityCase(p1, .outside, [.newDestination, .rareSubject, .newEdge], [], .high),
      SeverityCase(p1, .outside, [.newDestination, .unnamed, .reaction], [], .high),
      SeverityCase(p0, .outside, [.unnamed, .portContradiction, .pipedToInterpreter], [], .high),
      SeverityCase(p0, .near, [.foreignActor, .rareSubject, .newProtocol], [], .high),
      // Three without one of R3 to R6 are two too few.
      SeverityCase(p1, .outside, [.newDestination, .rareSubject, .unnamed], [], .medium),
      SeverityCase(p0, .outside, [.unnamed, .portContradiction, .foreignActor], [], .medium),
      SeverityCase(
        p0, .outside,
        [.newDestination, .rareSubject, .unnamed, .portContradiction, .foreignActor], [], .medium),
      // Two with one of them are one too few.
      SeverityCase(p1, .outside, [.newEdge, .reaction], [], .medium),
      SeverityCase(p2, .outside, [.reaction], [], .medium),
    ])
  func high(_ sentence: SeverityCase) {
    #expect(level(sentence.context) == sentence.expected)
  }

  @Test(
    "Medium: P3; P2 external; P1 with a raise; P0 with two raises. Low: the rest",
    arguments: [
      SeverityCase(p3, .near, [], [], .medium),
      SeverityCase(p3, .near, [.unnamed], [], .medium),
      SeverityCase(p2, .outside, [], [], .medium),
      SeverityCase(p1, .outside, [.newDestination], [], .medium),
      SeverityCase(p1, .near, [.unnamed], [], .medium),
      SeverityCase(p0, .outside, [.newDestination, .rareSubject], [], .medium),
      SeverityCase(p0, .near, [.newEdge, .rareSubject], [], .medium),
      SeverityCase(p2, .near, [], [], .low),
      SeverityCase(p1, .outside, [], [], .low),
      SeverityCase(p1, .near, [], [], .low),
      SeverityCase(p0, .outside, [], [], .low),
      SeverityCase(p0, .outside, [.newDestination], [], .low),
      SeverityCase(p0, .outside, [.reaction], [], .low),
    ])
  func mediumAndLow(_ sentence: SeverityCase) {
    #expect(level(sentence.context) == sentence.expected)
  }

  @Test(
    "A lower cancels one raise or, with none left, drops one level; never P3 below medium",
    arguments: [
      // One for one.
      SeverityCase(p1, .outside, [.newDestination], [.declared], .low),
      SeverityCase(p1, .outside, [.newDestination, .unnamed], [.declared], .medium),
      SeverityCase(p0, .outside, [.newDestination, .unnamed], [.commonDestination], .low),
      SeverityCase(p2, .outside, [.newDestination, .unnamed], [.commonDestination], .medium),
      SeverityCase(p3, .outside, [.unnamed], [.commonDestination], .high),
      // Three raises with an R4 and one lower are two raises: what says least is cancelled first.
      SeverityCase(p1, .outside, [.reaction, .unnamed, .rareSubject], [.declared], .medium),
      SeverityCase(
        p0, .outside, [.reaction, .unnamed, .rareSubject, .newDestination], [.declared], .high),
      SeverityCase(p2, .outside, [.reaction, .unnamed, .rareSubject], [.declared], .high),
      // None left: a level.
      SeverityCase(p3, .outside, [], [.commonDestination], .medium),
      SeverityCase(p3, .outside, [.unnamed], [.commonDestination, .declared], .medium),
      SeverityCase(p2, .outside, [], [.commonDestination], .low),
      SeverityCase(p2, .outside, [.unnamed], [.commonDestination, .declared], .low),
      SeverityCase(p3, .near, [], [.nearScope], .medium),
      SeverityCase(p3, .near, [], [.nearScope, .commonDestination, .declared], .medium),
      // P2 is never explained.
      SeverityCase(p2, .near, [], [.nearScope], .low),
      SeverityCase(p2, .outside, [], [.commonDestination, .declared, .nearScope], .low),
    ])
  func lowers(_ sentence: SeverityCase) {
    #expect(level(sentence.context) == sentence.expected)
  }

  @Test(
    "Explained: P0 or P1, no raise, a lower",
    arguments: [
      SeverityCase(p1, .outside, [], [.familiarPair], .explained),
      SeverityCase(p0, .outside, [], [.commonDestination], .explained),
      SeverityCase(p0, .near, [], [.nearScope], .explained),
      SeverityCase(p1, .outside, [], [.declared], .explained),
      SeverityCase(p1, .outside, [.unnamed], [.declared, .familiarPair], .explained),
      // The lower is spent on the raise.
      SeverityCase(p1, .outside, [.unnamed], [.declared], .low),
      SeverityCase(p0, .outside, [.unnamed], [.declared], .low),
      SeverityCase(p0, .outside, [], [], .low),
    ])
  func explained(_ sentence: SeverityCase) {
    #expect(level(sentence.context) == sentence.expected)
  }

  @Test("Without process context it is low, whatever else is known")
  func withoutProcess() {
    let all = Context(provenance: nil, raises: Set(Raise.allCases))
    #expect(level(all) == .low)
    #expect(SeverityJudgement(all)?.limits == [.noProcess])
    #expect(level(Context(provenance: nil, lowers: Set(Lower.allCases))) == .low)
    // Stray packets from a near address are nobody's, and medium once the host is known.
    var stray = Context(provenance: nil, isExternal: false)
    stray.isFromNeighbour = true
    #expect(level(stray) == .medium)
    stray.isLearning = true
    #expect(level(stray) == .low)
  }

  @Test("While learning only provenance and R3-R6 lift above low")
  func learning() {
    func learned(_ provenance: Provenance, _ raises: Set<Raise>) -> Severity? {
      level(Context(provenance: provenance, isLearning: true, raises: raises))
    }
    let others: Set<Raise> = [
      .newDestination, .rareSubject, .unnamed, .portContradiction, .foreignActor,
    ]
    #expect(learned(p0, others) == .low)
    #expect(learned(p1, others) == .low)
    #expect(learned(p2, others) == .medium)
    #expect(learned(p3, others) == .high)
    #expect(learned(p1, [.reaction]) == .medium)
    #expect(learned(p0, [.reaction, .newEdge]) == .medium)
    #expect(learned(p0, [.reaction, .newDestination]) == .low)
    #expect(learned(p1, others.union([.reaction, .newEdge])) == .medium)
    #expect(learned(p1, [.reaction, .newEdge, .pipedToInterpreter]) == .high)
    #expect(learned(p2, [.reaction, .pipedToInterpreter]) == .high)
    let limits = SeverityJudgement(
      Context(provenance: p1, isLearning: true, raises: [.unnamed, .reaction]))?.limits
    #expect(limits == [.learning([.unnamed])])
  }

  @Test("Evidence that is not strong is medium at most")
  func strength() {
    for provenance in [p0, p1, p2, p3] {
      var context = Context(provenance: provenance, raises: Set(Raise.allCases))
      #expect(level(context) == .high)
      context.isStrong = false
      #expect(level(context) == .medium)
    }
    var weak = Context(provenance: p0)
    weak.isStrong = false
    #expect(level(weak) == .low)
    #expect(SeverityJudgement(weak)?.limits == [])
  }

  @Test("Visits without a clock are medium at most, from P2 or P3 to a new destination only")
  func irregular() {
    func irregular(_ provenance: Provenance?, isNew: Bool?, raises: Set<Raise> = []) -> Severity? {
      var context = Context(provenance: provenance, raises: raises)
      context.isIrregular = true
      context.isDestinationNew = isNew
      return level(context)
    }
    #expect(irregular(p3, isNew: true) == .medium)
    #expect(irregular(p2, isNew: true) == .medium)
    #expect(irregular(p2, isNew: true, raises: Set(Raise.allCases)) == .medium)
    for provenance in [p0, p1, nil] {
      #expect(irregular(provenance, isNew: true, raises: Set(Raise.allCases)) == nil)
    }
    #expect(irregular(p3, isNew: false) == nil)
    #expect(irregular(p2, isNew: false) == nil)
    // In the first week nobody knows what is new.
    #expect(irregular(p2, isNew: nil) == .low)
    #expect(irregular(p3, isNew: nil) == .medium)
  }

  @Test("A one-way outage is low")
  func outage() {
    for provenance in [p0, p1, p2, p3] {
      var context = Context(provenance: provenance, raises: Set(Raise.allCases))
      context.isOutage = true
      #expect(level(context) == .low)
    }
    var near = Context(provenance: p0, isExternal: false, lowers: [.nearScope])
    near.isOutage = true
    #expect(level(near) == .explained)
  }

  @Test("A destination that is down explains P0 and P1, but not what R3-R6 speak of")
  func down() {
    func down(_ provenance: Provenance, _ raises: Set<Raise>) -> Severity? {
      var context = Context(provenance: provenance, raises: raises)
      context.isDestinationDown = true
      return level(context)
    }
    #expect(down(p0, []) == .explained)
    #expect(down(p1, []) == .explained)
    #expect(down(p1, [.newDestination, .unnamed]) == .explained)
    #expect(down(p1, [.newEdge]) == .medium)
    #expect(down(p2, []) == .medium)
    #expect(down(p3, []) == .high)
  }

  @Test("Whatever the context: a raise never lowers, a lower never raises, worse code never helps")
  func monotone() throws {
    let raises = Raise.allCases
    let lowers = Lower.allCases
    for isExternal in [true, false] {
      for isLearning in [true, false] {
        for mask in 0..<(1 << raises.count) {
          let present = Set(raises.indices.filter { mask >> $0 & 1 == 1 }.map { raises[$0] })
          for count in 0...lowers.count {
            var before: Severity?
            for provenance in [p0, p1, p2, p3] {
              var context = Context(
                provenance: provenance, isExternal: isExternal, isLearning: isLearning,
                raises: present, lowers: Set(lowers.prefix(count)))
              let here = try #require(level(context))
              if let before { #expect(here >= before) }
              before = here
              if provenance == p3 { #expect(here >= .medium) }
              if count < lowers.count {
                context.lowers.insert(lowers[count])
                #expect(try #require(level(context)) <= here)
                context.lowers.remove(lowers[count])
              }
              if let missing = raises.first(where: { !present.contains($0) }) {
                context.raises.insert(missing)
                #expect(try #require(level(context)) >= here)
              }
            }
          }
        }
      }
    }
  }

  @Test("What counted and what was cancelled is said by name")
  func names() throws {
    let judged = try #require(
      SeverityJudgement(
        Context(
          provenance: p1, raises: [.unnamed, .reaction, .newDestination],
          lowers: [.declared, .nearScope])))
    #expect(judged.raises == [.reaction])
    #expect(judged.cancelled == [.newDestination, .unnamed])
    #expect(judged.lowers == [.nearScope, .declared])
    #expect(Raise.allCases.map(\.rawValue) == (1...9).map { "R\($0)" })
    #expect(Lower.allCases.prefix(4).map(\.rawValue) == (1...4).map { "L\($0)" })
  }
}
