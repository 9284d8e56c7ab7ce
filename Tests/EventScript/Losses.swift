// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Replaces records by the word of their loss, the same ones for the same seed.
public struct Losses {
  private var state: UInt64
  private let share: Double
  /// Records that were replaced so far.
  public private(set) var count = 0

  public init(share: Double, seed: UInt64) {
    self.share = share
    state = seed
  }

  /// Events in which bursts, first bytes and answers to connects were lost with probability `share`,
  /// each replaced by a `lost` line.
  public mutating func thin(_ events: [Event]) -> [Event] {
    events.map { event in
      switch event {
      case .burst, .head, .connected:
        guard uniform() < share else { return event }
        count += 1
        return .lost(LostEvent(time: event.time, records: 1, stage: .ring))
      default: return event
      }
    }
  }

  /// SplitMix64.
  private mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return Double(mixed >> 11) / Double(UInt64(1) << 53)
  }
}
