// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A deterministic generator, so that a recall figure is the same on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// An exponential variable by inversion.
  mutating func exponential(mean: Double) -> Double {
    -mean * log(1 - Double.random(in: 0..<1, using: &self))
  }

  /// A sleep of `period` with two-sided jitter, and a network delay of .2 s on average.
  mutating func beaconInterval(period: Double, jitter: Double) -> Double {
    period * (1 + jitter * Double.random(in: -1...1, using: &self)) + exponential(mean: 0.2)
  }
}
