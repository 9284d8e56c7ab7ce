// SPDX-License-Identifier: Apache-2.0

internal import Wire

// Names as keys. They are a stranger's words: bounded, in lower case, and no key where they are an
// address, for which there is a key of its own.

extension Destination {
  /// RFC 1035, 2.3.4.
  private static let nameLimit = 255
  /// Names of which everybody has their own.
  private static let localSuffixes = [".local", ".internal", ".lan", ".home.arpa", ".localhost"]

  /// The key of a name that a connection's bytes, or DNS, gave its remote.
  public init?(name: String, port: UInt16, scope: DestinationScope) {
    guard Self.isName(name), IPAddress(text: name) == nil else { return nil }
    self = .name(name.lowercased(), port: port, scope: scope)
  }

  /// The key of what a proxy was asked for, `host:port`; an address is one here too, for the
  /// remote is the proxy.
  ///
  /// What goes to a proxy outside has left, whatever it is asked for: that is the client's word.
  public init?(proxyTarget: String, by proxy: DestinationScope) {
    guard let colon = proxyTarget.lastIndex(of: ":"),
      let port = UInt16(proxyTarget[proxyTarget.index(after: colon)...])
    else { return nil }
    var host = proxyTarget[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let name = host.lowercased()
    guard Self.isName(name) else { return nil }
    let scope: DestinationScope
    if proxy == .external {
      scope = .external
    } else if let address = IPAddress(text: name) {
      scope = DestinationScope(address)
    } else {
      let isLocal = !name.contains(".") || Self.localSuffixes.contains { name.hasSuffix($0) }
      scope = name == "localhost" ? .loopback : isLocal ? .private : .external
    }
    // Its own host is as far away as the proxy is: a loopback of another's is none.
    self = .name(name, port: port, scope: scope == .loopback ? proxy : scope)
  }

  /// A name and its port as a number that others hardly share, the same in every run and never 0;
  /// nil for any other key.
  public var nameNumber: UInt64? {
    guard case .name(let name, let port, _) = self else { return nil }
    return max(StableHash.of(name.utf8) &* 31 &+ UInt64(port), 1)
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= nameLimit
  }
}
