// SPDX-License-Identifier: Apache-2.0

/// Parameters of `one-way`; docs/analytics/one-way.md gives the reasons.
public struct OneWaySettings: Hashable, Sendable {
  /// Least time from a pair's first one-way socket to its last.
  ///
  /// ATT&CK suggests "every 10-30 mins".
  public var timeWindowSeconds = 600.0
  public var socketThreshold = 3
  /// What a server sends before any answer: a TLS handshake with a long certificate chain.
  public var handshakeAllowanceBytes: UInt64 = 12_288
  /// What a client sends before any request of its own: a hello and what ends the handshake.
  public var clientHandshakeAllowanceBytes: UInt64 = 1_024
  /// A pair answered within this time is out of order rather than one-way.
  public var answeredMemorySeconds = 86_400.0
  /// Ports that promise a web service where the first bytes are not known.
  public var webPorts: [UInt16] = [
    80, 443,  // HTTP and HTTPS
    8080, 8443,  // their unprivileged twins
    8000, 8008, 8888,  // development servers, and what imitates them
    3128,  // Squid and other forward proxies
  ]
  /// Of these, the ports that promise TLS.
  public var tlsPorts: [UInt16] = [443, 8443]
  public var pairLimit = 16_384

  public init() {}
}
