// SPDX-License-Identifier: Apache-2.0

public import Wire

/// A service somewhere: its addresses, its name and what is spoken to it.
public struct Remote: Sendable {
  public enum Speech: Hashable, Sendable {
    /// TLS; `client` stands for the library that says hello, and so for its JA4.
    case tls(client: UInt16)
    case http
    /// Bytes of a protocol that nobody decodes.
    case binary
    case ssh
    /// A PostgreSQL client that asks for no encryption.
    case postgres
    case none
  }

  public var addresses: [IPAddress]
  public var port: UInt16
  public var name: String?
  public var speech: Speech

  public init(_ addresses: [UInt32], port: UInt16, name: String?, speech: Speech) {
    self.addresses = addresses.map { IPAddress(ipv4: $0) }
    self.port = port
    self.name = name
    self.speech = speech
  }

  /// The address that DNS gives at this time: names with several change hands every five minutes.
  func endpoint(at seconds: Double) -> Endpoint {
    let place = Int(seconds / 300) % max(addresses.count, 1)
    return Endpoint(address: addresses[place], port: port)
  }

  /// What the client says first.
  func clientHead(_ path: String) -> [UInt8] {
    switch speech {
    case .tls(let client): return TLSHello.client(name: name, client: client)
    case .http:
      return Array("GET \(path) HTTP/1.1\r\nHost: \(name ?? "localhost")\r\n\r\n".utf8)
    case .binary: return [0x01, 0x80, 0x00, 0x10] + [UInt8](repeating: 0xa7, count: 28)
    case .ssh: return Array("SSH-2.0-OpenSSH_9.9\r\n".utf8)
    case .postgres:
      // A StartupMessage of protocol 3.0, PostgreSQL's documentation, "Message Formats".
      let parameters = Array("user\0app\0database\0app\0\0".utf8)
      return [0, 0, 0, UInt8(8 + parameters.count), 0, 3, 0, 0] + parameters
    case .none: return []
    }
  }

  func serverHead() -> [UInt8] {
    switch speech {
    case .tls: return TLSHello.server
    case .http: return Array("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".utf8)
    case .binary: return [0x02, 0x80, 0x00, 0x10] + [UInt8](repeating: 0xb3, count: 28)
    case .ssh: return Array("SSH-2.0-OpenSSH_9.9\r\n".utf8)
    // AuthenticationOk.
    case .postgres: return [UInt8(ascii: "R"), 0, 0, 0, 8, 0, 0, 0, 0]
    case .none: return []
    }
  }
}

/// First bytes of TLS 1.3 (RFC 8446), as far as the analytics read them.
enum TLSHello {
  static func client(name: String?, client: UInt16) -> [UInt8] {
    var extensions: [UInt8] = []
    if let name {
      let text = Array(name.utf8)
      extensions += number(0) + vector(vector([0] + vector(text)))
    }
    extensions += number(10) + vector(vector(number(29) + number(23)))
    extensions += number(13) + vector(vector(number(0x0403) + number(0x0804)))
    extensions += number(16) + vector(vector([8] + Array("http/1.1".utf8)))
    extensions += number(43) + vector([2] + number(0x0304))
    let suites = number(0x1301) + number(0x1302) + number(0xc000 | client)
    let body =
      number(0x0303) + [UInt8](repeating: 0x5c, count: 32) + [0] + vector(suites) + [1, 0]
      + vector(extensions)
    let message = [1, 0] + number(UInt16(body.count)) + body
    return [22] + number(0x0301) + vector(message)
  }

  /// A ServerHello, and the encrypted records behind it: certificate and Finished.
  static let server: [UInt8] = {
    let body =
      number(0x0303) + [UInt8](repeating: 0x7e, count: 32) + [0] + number(0x1301) + [0]
      + vector(number(43) + vector(number(0x0304)))
    let message = [2, 0] + number(UInt16(body.count)) + body
    let hello = [22] + number(0x0303) + vector(message)
    let change: [UInt8] = [20] + number(0x0303) + vector([1])
    return hello + change + [23] + number(0x0303) + number(2_800)
      + [UInt8](repeating: 0x99, count: 1_200)
  }()

  private static func number(_ value: UInt16) -> [UInt8] {
    [UInt8(value >> 8), UInt8(value & 255)]
  }
  private static func vector(_ bytes: [UInt8]) -> [UInt8] { number(UInt16(bytes.count)) + bytes }
}
