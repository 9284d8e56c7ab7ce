// SPDX-License-Identifier: Apache-2.0

/// Where the metrics server listens.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A numeric address and a port; port 0 lets the kernel choose one.
  case tcp(host: String, port: UInt16)
  /// The absolute path of a Unix socket.
  case unix(path: String)

  /// 127.0.0.1:10079.
  public static let standard = ListenAddress.tcp(host: "127.0.0.1", port: 10079)

  /// Reads `address:port`, `[IPv6 address]:port` or `unix:/path`.
  ///
  /// Names are refused, because looking one up would ask the network.
  public init(text: String) throws(MetricsServerError) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw .invalidAddress(text) }
      guard path.utf8.count <= SystemCalls.socketPathLimit else {
        throw .pathTooLong(path, limit: SystemCalls.socketPathLimit)
      }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"),
      case let digits = text[text.index(after: colon)...],
      digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits)
    else { throw .invalidAddress(text) }
    var host = text[..<colon]
    let isBracketed = host.first == "[" && host.last == "]"
    if isBracketed { host = host.dropFirst().dropLast() }
    guard isBracketed == host.contains(":"),
      SystemCalls.packedAddress(String(host)) != nil
    else { throw .invalidAddress(text) }
    self = .tcp(host: String(host), port: port)
  }

  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Whether only this machine can reach it: a Unix socket, 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    guard case .tcp(let host, _) = self else { return true }
    guard let packed = SystemCalls.packedAddress(host) else { return false }
    if packed.count == 4 { return packed[0] == 127 }
    let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
    if packed.starts(with: mappedPrefix) { return packed[12] == 127 }
    return packed == Array(repeating: 0, count: 15) + [1]
  }
}
