// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Whether a key tells a behaviour, or another key of the same traffic does.
///
/// A behaviour has one finding, on the narrowest key that carries it. Traffic belongs to several
/// keys (an address, its network, its name, the whole subject); each has a claim.
struct Claim: BitwiseCopyable, Sendable {
  /// The key's own finding is under way until then.
  private(set) var toldUntil = KernelInstant.zero
  /// Another key has told of this one's traffic until then.
  private(set) var coveredUntil = KernelInstant.zero

  func isTold(at now: KernelInstant) -> Bool { now < toldUntil }
  func isCovered(at now: KernelInstant) -> Bool { now < coveredUntil }

  mutating func tell(until end: KernelInstant) {
    toldUntil = max(toldUntil, end)
    coveredUntil = .zero
  }

  mutating func cover(until end: KernelInstant) { coveredUntil = max(coveredUntil, end) }

  /// A key of a piece of traffic, and whether it carries the behaviour.
  struct Candidate {
    var isReached: Bool
    var claim: Claim
  }

  /// Which of the keys, narrowest first, tells: one that did so before goes on, be it a wider one.
  ///
  /// With `resuming` it goes on after a silence too: of what may tell, the one that told last.
  static func choice(
    _ candidates: [Candidate], at now: KernelInstant, resuming: Bool = false
  ) -> Int? {
    if let telling = candidates.firstIndex(where: { $0.isReached && $0.claim.isTold(at: now) }) {
      return telling
    }
    var choice: Int?
    // What was told and has gone quiet is not yet another key's.
    for (index, candidate) in candidates.enumerated()
    where candidate.isReached && !candidate.claim.isCovered(at: now) {
      guard resuming else { return index }
      if let choice, candidate.claim.toldUntil <= candidates[choice].claim.toldUntil { continue }
      choice = index
    }
    return choice
  }
}

extension Claim: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    // What was told before this boot was told, however long ago.
    var wasTold = toldUntil > .zero
    carrier.carry(&wasTold)
    carrier.carry(&toldUntil)
    if carrier.isRestoring {
      toldUntil = wasTold ? max(toldUntil, KernelInstant(nanoseconds: 1)) : .zero
    }
    carrier.carry(&coveredUntil)
  }
}
