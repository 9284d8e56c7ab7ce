// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Wire

/// Shows that attached hooks count exactly: a conversation with oneself must come back whole.
struct SelfTest {
  private let conversation: LoopbackConversation
  private var client = Side()
  private var server = Side()
  /// Our own process as the kernel's initial pid namespace counts it.
  private(set) var threadGroup: UInt32?
  /// Connects to the listener by whomever: the port that `connected` tells shows which is ours.
  private var attempts: [SocketKey: UInt32] = [:]

  /// What came back of one end.
  private struct Side {
    var socket: SocketKey?
    var sentBytes: UInt64 = 0
    var receivedBytes: UInt64 = 0
    var final: FinalEvent?

    func isExact(sent: Int, received: Int) -> Bool {
      guard let final else { return false }
      return sentBytes == sent && receivedBytes == received && final.writtenBytes == sent
        && final.readBytes == received && final.unsentBytes == 0 && final.unreadBytes == 0
    }

    var text: String {
      "sent \(sentBytes) B, received \(receivedBytes) B, kernel total "
        + (final.map { "written \($0.writtenBytes) B, read \($0.readBytes) B" } ?? "missing")
    }
  }

  init() throws(ProbeError) {
    conversation = try LoopbackConversation.hold()
  }

  /// Takes one record; says whether it belongs to the conversation.
  mutating func take(_ event: Event) -> Bool {
    switch event {
    case .connect(let event) where event.remote.port == conversation.listenerPort:
      attempts[event.socket] = event.image.pid
      return true
    case .connected(let event):
      guard let pid = attempts[event.socket] else { return false }
      if event.local.port == conversation.clientPort {
        client.socket = event.socket
        threadGroup = pid
      }
      return true
    case .accept(let event)
    where event.local.port == conversation.listenerPort
      && event.remote.port == conversation.clientPort:
      server.socket = event.socket
      return true
    case .closed(let event): return isOurs(event.socket)
    case .burst(let event):
      guard isOurs(event.socket) else { return false }
      withSide(of: event.socket) { side in
        side.sentBytes = max(side.sentBytes, event.sentBytes)
        side.receivedBytes = max(side.receivedBytes, event.receivedBytes)
      }
      return true
    case .final(let event):
      guard isOurs(event.socket) else { return false }
      withSide(of: event.socket) { $0.final = event }
      return true
    default: return false
    }
  }

  /// Both ends have come back, exact or not.
  var isComplete: Bool { client.final != nil && server.final != nil }

  /// Nil when every byte came back with the right process; otherwise what did not.
  var mismatch: String? {
    guard threadGroup != nil else { return "self-test: the connection to oneself was not seen" }
    let request = LoopbackConversation.requestBytes
    let response = LoopbackConversation.responseBytes
    guard client.isExact(sent: request, received: response) else {
      return "self-test: expected sent \(request) B, received \(response) B; \(client.text)"
    }
    guard server.isExact(sent: response, received: request) else {
      return "self-test: expected sent \(response) B, received \(request) B; \(server.text)"
    }
    return nil
  }

  private func isOurs(_ socket: SocketKey) -> Bool {
    socket == client.socket || socket == server.socket
  }

  private mutating func withSide(of socket: SocketKey, _ change: (inout Side) -> Void) {
    if socket == client.socket { change(&client) } else { change(&server) }
  }
}
