// SPDX-License-Identifier: Apache-2.0

public import Wire

extension EventScript {
  /// A connection that sends one chunk a minute after the given first bytes, and ends.
  public mutating func upload(
    _ image: ImageKey, at seconds: Double, _ head: [UInt8]?,
    to remote: Endpoint = EventScript.remote,
    chunks: [UInt64], received: UInt64 = 0
  ) {
    let socket = connect(image, at: seconds, to: remote)
    connected(socket, at: seconds + 0.02)
    if let head { say(head, .sent, on: socket, at: seconds + 0.03) }
    var sent: UInt64 = 0
    var time = seconds + 0.04
    for (index, chunk) in chunks.enumerated() {
      time = seconds + 0.04 + 60 * Double(index)
      sent += chunk
      burst(
        socket, image, first: time, sent: sent, received: received, sends: UInt64(index) + 1,
        receives: received > 0 ? 1 : 0)
    }
    close(socket, at: time + 0.5, to: remote)
    finish(socket, at: time + 0.6, written: sent, read: received)
  }

  public mutating func say(
    _ bytes: [UInt8], _ direction: Direction, on socket: SocketKey, at seconds: Double
  ) {
    add(
      .head(
        HeadEvent(
          time: Self.instant(seconds), socket: socket, direction: direction, offset: 0,
          data: bytes)))
  }
}
