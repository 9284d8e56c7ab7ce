// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// Answers the one request that a connection carries, then closes it.
///
/// One request per connection and one deadline for all of it leave nothing to hold open: neither a
/// request that trickles in, nor a response that is not read, nor an idle keep-alive.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let board: MetricsBoard
  private let limits: MetricsServer.Limits
  private var deadline: Scheduled<Void>?
  private var isAnswered = false
  private var isFlushed = false
  private var isInputClosed = false

  init(board: MetricsBoard, limits: MetricsServer.Limits) {
    self.board = board
    self.limits = limits
  }

  func channelActive(context: ChannelHandlerContext) {
    closeAfter(limits.connectionTime, context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // The body, if any, and further requests are not looked at.
    guard !isAnswered, case .head(let request) = unwrapInboundIn(data) else { return }
    send(Response(to: request, from: board), withBody: request.method != .HEAD, context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      isInputClosed = true
      // A client may close its side after the request and still wants the answer.
      if !isAnswered || isFlushed { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case _ where isAnswered: return  // bytes after the request; the answer is on its way
    case is RequestTooLarge, HTTPParserError.headerOverflow:
      send(Response(.requestHeaderFieldsTooLarge, "the request is too large"), context)
    case is HTTPParserError:
      send(Response(.badRequest, "not an HTTP/1.1 request"), context)
    default: context.close(promise: nil)
    }
  }

  private func send(_ response: Response, withBody: Bool = true, _ context: ChannelHandlerContext) {
    isAnswered = true
    var headers = HTTPHeaders([
      ("Content-Type", response.contentType), ("Content-Length", String(response.body.count)),
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Connection", "close"),
    ])
    headers.add(contentsOf: response.headers)
    let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if withBody {
      let body = context.channel.allocator.buffer(bytes: response.body)
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      self.finish(context)
    }
  }

  /// Ends the sending side and gives the client a moment to end its own.
  ///
  /// Closing at once while bytes of the request are unread would reset the connection, and the
  /// client could lose the answer with it.
  private func finish(_ context: ChannelHandlerContext) {
    isFlushed = true
    guard !isInputClosed else { return context.close(promise: nil) }
    closeAfter(limits.lingerTime, context)
    context.close(mode: .output, promise: nil)
  }

  private func closeAfter(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
      context.close(promise: nil)
    }
  }
}
