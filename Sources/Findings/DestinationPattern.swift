// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

/// Destinations as people declare them: an address, a network, a name, each with a port or without.
///
/// `203.0.113.9`, `203.0.113.0/24:443`, `[2001:db8::/32]:443`, `example.com`, `*.example.com:443`.
public struct DestinationPattern: Hashable, Sendable {
  /// Which hosts it takes.
  public enum Host: Hashable, Sendable {
    case any
    /// An address, or the network of its first `bits`.
    case network(IPAddress, bits: UInt8)
    case name(String)
    /// Names below this one, and not the name itself.
    case below(String)
  }

  public let host: Host
  /// Nil takes every port.
  public let port: UInt16?

  public init(host: Host, port: UInt16?) {
    self.host = host
    self.port = port
  }

  /// Reads a pattern; nil where it is none, and where a network has bits beyond its length.
  public init?(text: String) {
    guard !text.isEmpty, text.utf8.count <= 300 else { return nil }
    var host = text[...]
    var port: Substring?
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard let host = Self.host(host) else { return nil }
    guard let port else {
      self.init(host: host, port: nil)
      return
    }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
      number > 0
    else { return nil }
    self.init(host: host, port: number)
  }

  private static func host(_ text: Substring) -> Host? {
    if text == "*" { return .any }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard let address = IPAddress(text: parts[0]), parts[1].utf8.count <= 3,
        parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = UInt8(parts[1]),
        bits <= address.width, address.masked(to: bits) == address
      else { return nil }
      return .network(address, bits: bits)
    }
    guard parts.count == 1 else { return nil }
    if let address = IPAddress(text: text) { return .network(address, bits: address.width) }
    if text.hasPrefix("*.") { return name(text.dropFirst(2)).map(Host.below) }
    return name(text).map(Host.name)
  }

  /// Lower case, without the root's dot; nil where it cannot be a host's name.
  private static func name(_ text: Substring) -> String? {
    var text = text.lowercased()[...]
    if text.hasSuffix(".") { text.removeLast() }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy { byte in
          (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
    // What ends in a number would be an address to every resolver.
    let isNumber = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
    return isName && !isNumber ? String(text) : nil
  }

  /// Whether it takes an endpoint that is known by `name`.
  public func matches(_ endpoint: Endpoint, name: String?) -> Bool {
    takes(port: endpoint.port) && takes(endpoint.address, name: name)
  }

  func takes(port other: UInt16?) -> Bool { port == nil || port == other }

  /// Whether all that another pattern takes is taken, ports aside; `name` is the one that a single
  /// address of the other was known by.
  ///
  /// What one address of a network is called says nothing of its others.
  func covers(_ other: Host, name: String?) -> Bool {
    switch (host, other) {
    case (.any, _): true
    case (_, .any): false
    case (.network(let network, let bits), .network(let address, let length)):
      bits <= length && address.isIPv4 == network.isIPv4 && address.masked(to: bits) == network
    case (_, .network(let address, let length)):
      length == address.width && takes(address, name: name)
    // Nobody knows which addresses a name will have.
    case (.network, .name): false
    case (_, .name(let name)): takes(.unspecifiedIPv4, name: name)
    case (.below(let parent), .below(let child)):
      child == parent || child.hasSuffix("." + parent)
    case (_, .below): false
    }
  }

  func takes(_ address: IPAddress, name: String?) -> Bool {
    switch host {
    case .any: true
    case .network(let network, let bits):
      address.isIPv4 == network.isIPv4 && address.masked(to: bits) == network
    case .name(let own): name.map(Self.comparable) == own
    case .below(let parent): name.map(Self.comparable)?.hasSuffix("." + parent) ?? false
    }
  }

  private static func comparable(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}

extension DestinationPattern {
  /// What a pair's remote half stands for.
  init(_ key: Destination) {
    switch key {
    case .endpoint(let endpoint, _), .forwarder(let endpoint):
      self.init(
        host: .network(endpoint.address, bits: endpoint.address.width), port: endpoint.port)
    case .network(let address, let bits, let port):
      self.init(host: .network(address, bits: bits), port: port == 0 ? nil : port)
    case .name(let name, let port, _):
      self.init(host: .name(Self.comparable(name)), port: port)
    case .all: self.init(host: .any, port: nil)
    }
  }

  /// The same from the key's stable text; nil where it is none.
  init?(keyText text: String) {
    if text.hasPrefix("all ") {
      self.init(host: .any, port: nil)
      return
    }
    // The namespace says nothing to people, and a forwarder is allowed by its address.
    let address = text.hasPrefix("via ") ? text.dropFirst(4) : text[...]
    self.init(text: String(address.prefix { $0 != "@" }))
  }
}

extension DestinationPattern: CustomStringConvertible {
  public var description: String {
    var isBracketed = false
    let text: String
    switch host {
    case .any: text = "*"
    case .network(let address, let bits):
      text = bits == address.width ? "\(address)" : "\(address)/\(bits)"
      isBracketed = !address.isIPv4
    case .name(let name): text = name
    case .below(let parent): text = "*." + parent
    }
    guard let port else { return text }
    return isBracketed ? "[\(text)]:\(port)" : "\(text):\(port)"
  }
}

extension IPAddress {
  /// 32 or 128 bits.
  fileprivate var width: UInt8 { isIPv4 ? 32 : 128 }

  /// The address with only its first `bits`, without its interface.
  fileprivate func masked(to bits: UInt8) -> IPAddress {
    if isIPv4 {
      // Shifts by the whole width give 0 in Swift, which is what no bits leave.
      return IPAddress(ipv4: ipv4 & ~(UInt32.max >> UInt32(bits)))
    }
    return IPAddress(
      high: high & ~(UInt64.max >> UInt64(bits)),
      low: bits <= 64 ? 0 : low & ~(UInt64.max >> UInt64(bits - 64)),
      scopeID: bits == 128 ? scopeID : 0)
  }
}
