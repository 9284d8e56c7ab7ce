// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The outbound sockets on which one process image heard last, and when they brought bytes.
///
/// It outlives the sockets: what a program received is often acted on after the connection's end.
/// A full list gives up the socket that has been silent longest; one that lives on comes in again
/// with its next bytes.
struct RecentSockets: Sendable {
  struct Entry: Sendable {
    let socket: SocketID
    let pair: Pair
    let openedAt: KernelInstant
    var receipts: ReceiptTimes

    /// A new socket has yet to be answered.
    var lastUse: KernelInstant { max(openedAt, receipts.last) }
  }

  private static let limit = 8

  /// Most images never have one, and it allocates with the first.
  private(set) var entries: [Entry] = []

  /// Whether another socket makes one of these leave.
  func isFull(for socket: SocketID) -> Bool {
    entries.count == Self.limit && !entries.contains { $0.socket == socket }
  }

  /// Takes what came on a socket since it was noted.
  mutating func update(_ index: Int, _ receipts: ReceiptTimes) {
    entries[index].receipts = receipts
  }

  /// Notes a socket; returns the one that leaves for it.
  mutating func note(_ entry: Entry) -> SocketID? {
    if let known = entries.firstIndex(where: { $0.socket == entry.socket }) {
      // Its pair too: that it leads to a forwarder may have become known.
      entries[known] = entry
      return nil
    }
    guard entries.count == Self.limit else {
      entries.append(entry)
      return nil
    }
    // Of those that are silent equally long the one that was noted first leaves.
    guard let silent = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }),
      entries[silent].lastUse <= entry.lastUse
    else { return entry.socket }
    let left = entries.remove(at: silent).socket
    entries.append(entry)
    return left
  }
}
