// SPDX-License-Identifier: Apache-2.0

internal import Flows

/// Sizes of a pair's exchanges, sent and received apart, and their totals.
struct PayloadSizes<let capacity: Int>: BitwiseCopyable, Sendable {
  private(set) var sent = SizeSpread<capacity>()
  private(set) var received = SizeSpread<capacity>()
  private(set) var sentBytes: UInt64 = 0
  private(set) var receivedBytes: UInt64 = 0

  mutating func note(_ exchange: Exchange) {
    sent.note(exchange.sentBytes)
    received.note(exchange.receivedBytes)
    sentBytes &+= exchange.sentBytes
    receivedBytes &+= exchange.receivedBytes
  }

  /// Takes over what a smaller ring remembers.
  mutating func take<let other: Int>(_ earlier: PayloadSizes<other>) {
    for size in earlier.sent.all { sent.note(size) }
    for size in earlier.received.all { received.note(size) }
    sentBytes &+= earlier.sentBytes
    receivedBytes &+= earlier.receivedBytes
  }
}

extension PayloadSizes: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&sent)
    carrier.carry(&received)
    carrier.carry(&sentBytes)
    carrier.carry(&receivedBytes)
  }
}
