// SPDX-License-Identifier: Apache-2.0

/// What a connection speaks; the raw value is its word in every output.
public enum ApplicationProtocol: String, BitwiseCopyable, CaseIterable, Sendable {
  case tls, http, http2, ssh, smtp, ftp, postgres, dns
  /// None of them, and printable.
  case text
  case binary
}

/// What the first payload bytes of one direction say.
///
/// A fact that the bytes do not tell is nil: they may be cut off, or the other side's.
public struct PayloadReading: Hashable, Sendable {
  public var application: ApplicationProtocol
  /// TLS: the name the client asks for (server_name).
  public var serverName: String?
  /// TLS: the protocols the client offers, in its order.
  public var alpn: [String] = []
  /// TLS: the versions the client offers, as numbers (0x0304 is 1.3), GREASE left out.
  public var versions: [UInt16] = []
  /// TLS: the client's fingerprint; only of a hello that was captured whole.
  public var ja4: String?
  /// TLS, of the server: an upper bound of its handshake's bytes, records included; nil where its
  /// first records do not tell.
  public var handshakeBytes: UInt64?
  /// HTTP: the request's method, and the host it is for.
  public var method: String?
  public var host: String?
  /// What a CONNECT asked a proxy for; the rest is then of what came after it.
  public var proxyTarget: String?
  /// A PROXY header stood before the rest.
  public var hasProxyHeader = false
  /// DNS: the first name asked for.
  public var question: String?
  /// More bytes would say no more.
  public var isComplete = false

  public init(_ application: ApplicationProtocol) {
    self.application = application
  }

  /// The name of the remote that the bytes give, with where it stood.
  public var name: (text: String, source: NameSource)? {
    if let proxyTarget { return (Self.hostPart(proxyTarget), .connect) }
    if let serverName { return (serverName, .tls) }
    if let host { return (Self.hostPart(host), .http) }
    return nil
  }

  /// The host of `host:port` and `[address]:port`.
  private static func hostPart(_ authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<end])
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[0]) : authority
  }
}

/// Where a destination's name comes from, best first; the raw value is its word in every output.
public enum NameSource: String, CaseIterable, Sendable {
  /// What a proxy was asked for.
  case connect
  case tls, http, dns
}

extension PayloadReading {
  /// Of two directions' readings the one that says more.
  public static func better(_ first: PayloadReading, _ second: PayloadReading) -> PayloadReading {
    second.weight > first.weight ? second : first
  }

  private var weight: Int {
    let known = application == .text || application == .binary ? 0 : 4
    return known + (name == nil ? 0 : 2) + (ja4 == nil ? 0 : 1)
  }
}
