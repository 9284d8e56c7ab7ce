// SPDX-License-Identifier: Apache-2.0

/// How many of an address's last requests asked it, as a proxy, for somewhere else.
///
/// What a proxy was asked for belongs to the targets, and not to the proxy. But one CONNECT makes
/// no proxy, nor do many for ever.
struct ProxiedShare: BitwiseCopyable, Sendable {
  /// Both counts are halved when so many requests were counted.
  private static let window = 32

  private var requests = 0
  private var proxied = 0

  mutating func note() {
    if requests >= Self.window {
      requests /= 2
      proxied /= 2
    }
    requests += 1
  }

  /// One that was counted turned out to be for somewhere else.
  mutating func noteProxied() { proxied = min(proxied + 1, requests) }

  /// Most of the last requests were.
  var isMost: Bool { 2 * proxied > requests }
}

extension ProxiedShare: Carried {
  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&requests, in: 0...Self.window)
    carrier.carry(&proxied, in: 0...Self.window)
  }
}
