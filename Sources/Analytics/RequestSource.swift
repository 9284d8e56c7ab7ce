// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// Who made a pair's requests, and how.
public struct RequestSource: Hashable, BitwiseCopyable, Sendable {
  /// The process of the last request; earlier visits may have been others of the same subject.
  public var image: ImageKey
  /// Who opened that request's socket.
  public var opener: ImageKey?
  public var origin: Socket.Origin
  public var connectRequests: UInt64
  public var sendRequests: UInt64

  init(_ request: Request) {
    image = request.image
    opener = request.opener
    origin = request.origin
    connectRequests = request.kind == .connect ? 1 : 0
    sendRequests = request.kind == .send ? 1 : 0
  }

  mutating func note(_ request: Request) {
    image = request.image
    opener = request.opener
    origin = request.origin
    switch request.kind {
    case .connect: connectRequests += 1
    case .send: sendRequests += 1
    }
  }
}

extension RequestSource: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&image)
    carrier.carry(&opener)
    carrier.carry(&origin)
    carrier.carry(count: &connectRequests)
    carrier.carry(count: &sendRequests)
  }
}
