// SPDX-License-Identifier: Apache-2.0

/// The outbound sockets that one process image used last, and when they brought bytes.
///
/// It outlives the sockets: what a program received is often acted on after the connection's end.
struct RecentSockets: Sendable {
  struct Entry: Sendable {
    let socket: SocketID
    let pair: Pair
    var receipts: ReceiptTimes
  }

  private static let limit = 4

  /// Oldest first; most images never have one, and it allocates with the first.
  private(set) var entries: [Entry] = []

  mutating func note(_ socket: SocketID, _ pair: Pair, _ receipts: ReceiptTimes) {
    if let known = entries.firstIndex(where: { $0.socket == socket }) {
      entries[known].receipts = receipts
      return
    }
    if entries.count == Self.limit { entries.removeFirst() }
    entries.append(Entry(socket: socket, pair: pair, receipts: receipts))
  }
}
