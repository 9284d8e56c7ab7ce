// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Who acted last for a pair, and on what.
struct LastActor: BitwiseCopyable, Sendable {
  var image: ImageKey
  var opener: ImageKey?
  var origin: Socket.Origin

  init(image: ImageKey, opener: ImageKey?, origin: Socket.Origin) {
    self.image = image
    self.opener = opener
    self.origin = origin
  }

  init(_ image: ImageKey, on socket: Socket) {
    self.image = image
    opener = socket.opener
    origin = socket.origin
  }
}
