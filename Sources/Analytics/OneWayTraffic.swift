// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols
internal import Wire

/// What went each way on one web socket, and what the transport alone explains.
public struct OneWayTraffic: Hashable, BitwiseCopyable, Sendable {
  /// What makes the remote a web service; the raw value is the test's word.
  public enum Sign: String, BitwiseCopyable, Sendable {
    case tls, http
    case port = "web port"
  }

  public private(set) var sign: Sign
  public private(set) var sentBytes: UInt64
  /// Received by the process, or arrived and never read.
  public private(set) var returnedBytes: UInt64
  /// What a TLS handshake may return; 0 without TLS.
  public private(set) var allowanceBytes: UInt64
  /// What a TLS client sends of its own; 0 without TLS.
  public private(set) var clientAllowanceBytes: UInt64

  public enum Outcome: BitwiseCopyable, Sendable {
    case oneWay, answered
    /// All that came back fits a handshake, and no more than that went out besides the client's own:
    /// a short question with a short answer looks the same.
    case undecided
  }

  /// It sent more than a handshake.
  public var hasSent: Bool { sentBytes > clientAllowanceBytes }

  public var outcome: Outcome {
    if returnedBytes > allowanceBytes { return .answered }
    return exceedsReturn ? .oneWay : .undecided
  }

  /// More went out, besides the client's own handshake, than came back in all.
  private var exceedsReturn: Bool {
    hasSent && sentBytes - clientAllowanceBytes > returnedBytes
  }

  /// The proxy's answer and a server's flight with a usual chain of certificates: 3 to 4.5 kB.
  private static let tunnelFlightBytes: UInt64 = 4_608

  /// Nil for what is no web service.
  init?(_ socket: Socket, _ settings: OneWaySettings) {
    let port = socket.target?.endpoint.port ?? socket.remote.port
    let isTLS: Bool
    let application = socket.reading?.application
    switch application {
    case .tls:
      sign = .tls
      isTLS = true
    case .http, .http2:
      sign = .http
      isTLS = false
    case .ssh, .smtp, .ftp, .postgres, .dns, .text, .binary, nil:
      guard settings.webPorts.contains(port) || settings.tlsPorts.contains(port) else { return nil }
      sign = .port
      // Bytes that were seen and are no TLS had no handshake.
      isTLS = application == nil && settings.tlsPorts.contains(port)
    }
    sentBytes = socket.sentBytes
    // What records that were lost would have told, the kernel's totals tell at the end.
    returnedBytes =
      socket.receivedBytes &+ socket.unreadBytes &+ socket.unattributedReceivedBytes
    // The server's first records say how long its handshake is; where they do not, it may be long.
    // In a tunnel it stands behind the proxy's own answer, where it is not read.
    let isTunnel = socket.reading?.isProxied ?? false
    let told =
      socket.reading?.received?.handshakeBytes ?? (isTunnel ? Self.tunnelFlightBytes : .max)
    allowanceBytes = isTLS ? min(settings.handshakeAllowanceBytes, told) : 0
    clientAllowanceBytes = isTLS ? settings.clientHandshakeAllowanceBytes : 0
  }
}

extension OneWayTraffic: Carried {
  /// To be filled by what was saved.
  static let empty = OneWayTraffic()

  private init() {
    sign = .port
    sentBytes = 0
    returnedBytes = 0
    allowanceBytes = 0
    clientAllowanceBytes = 0
  }

  mutating func carry(_ carrier: inout NumberCarrier) {
    carrier.carry(&sign, of: [.tls, .http, .port])
    carrier.carry(&sentBytes)
    carrier.carry(&returnedBytes)
    carrier.carry(&allowanceBytes)
    carrier.carry(&clientAllowanceBytes)
  }
}
