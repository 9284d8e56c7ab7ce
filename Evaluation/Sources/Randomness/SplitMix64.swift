// SPDX-License-Identifier: Apache-2.0

/// A small deterministic generator: the same seed gives the same traffic on every machine.
///
/// Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  /// The generator of one seed of one cell; cells share no numbers, whatever their order.
  ///
  /// The cell's name is hashed by FNV-1a, and the two are mixed by one step each.
  public init(cell: String, seed: Int) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in cell.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var mixer = SplitMix64(seed: hash)
    var stream = SplitMix64(seed: mixer.next() &+ UInt64(bitPattern: Int64(seed)))
    state = stream.next()
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
