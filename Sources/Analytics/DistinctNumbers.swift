// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// How many different numbers were seen, up to a limit, in constant space.
struct DistinctNumbers<let capacity: Int>: BitwiseCopyable, Sendable {
  private var numbers = InlineArray<capacity, UInt64>(repeating: 0)
  private(set) var count = 0

  /// True where the number is new; beyond the limit nothing is.
  @discardableResult
  mutating func note(_ number: UInt64) -> Bool {
    for index in 0..<count where numbers[index] == number { return false }
    guard count < capacity else { return false }
    numbers[count] = number
    count += 1
    return true
  }

  /// In the order they were seen.
  var all: [UInt64] { (0..<count).map { numbers[$0] } }

  /// An address as a number that others hardly share.
  static func number(of address: IPAddress) -> UInt64 {
    guard !address.isIPv4 else { return UInt64(address.ipv4) }
    let mixed = (address.high ^ (address.low << 31 | address.low >> 33)) &* 0x9e37_79b9_7f4a_7c15
    return mixed ^ mixed >> 32 ^ UInt64(address.scopeID) << 48
  }
}

extension DistinctNumbers: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&numbers)
    carrier.carry(&count, in: 0...capacity)
  }
}
