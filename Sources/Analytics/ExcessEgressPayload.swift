// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols

/// The part of a movement that no TLS handshake explains.
struct ExcessEgressPayload {
  let sentBytes: UInt64
  let receivedBytes: UInt64

  init(_ movement: Movement, on socket: Socket, _ settings: ExcessEgressSettings) {
    guard socket.reading?.application == .tls else {
      sentBytes = movement.sentBytes
      receivedBytes = movement.receivedBytes
      return
    }
    sentBytes = Self.beyond(
      settings.clientHandshakeBytes, moved: movement.sentBytes, total: socket.sentBytes)
    receivedBytes = Self.beyond(
      settings.handshakeBytes, moved: movement.receivedBytes, total: socket.receivedBytes)
  }

  /// What of the last `moved` bytes lies beyond the first `allowance` of all.
  private static func beyond(_ allowance: UInt64, moved: UInt64, total: UInt64) -> UInt64 {
    let before = total - min(moved, total)
    let left = allowance - min(before, allowance)
    return moved - min(moved, left)
  }
}
