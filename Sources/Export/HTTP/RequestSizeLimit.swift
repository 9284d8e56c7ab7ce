// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A request with more bytes than this server reads.
struct RequestTooLarge: Error {}

/// Stops reading a connection after a number of bytes, before the decoder stores them.
///
/// The decoder's own limits are per field and per list (2 MB by default) and none of them bounds
/// the request line; a scrape needs a few hundred bytes.
final class RequestSizeLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var remaining: Int

  init(bytes: Int) {
    remaining = bytes
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard remaining >= 0 else { return }  // discard what follows
    remaining -= unwrapInboundIn(data).readableBytes
    if remaining >= 0 {
      context.fireChannelRead(data)
    } else {
      context.fireErrorCaught(RequestTooLarge())
    }
  }
}
