// SPDX-License-Identifier: Apache-2.0

public import Wire

/// The remote half of a pair.
public enum Destination: Hashable, Sendable {
  /// One address and port.
  ///
  /// `namespace` is the network namespace's inode where the address means another host in each
  /// (loopback, link-local), else 0.
  case endpoint(Endpoint, namespace: UInt64)
  /// The addresses that share their first `bits` bits, with one port; port 0 is any port.
  case network(IPAddress, bits: UInt8, port: UInt16)
  /// Whatever a name leads to, with one port.
  case name(String, port: UInt16, scope: DestinationScope)
  /// Every remote that is equally far away.
  case all(DestinationScope)
  /// A loopback address at which a local program takes connections and passes them on outside;
  /// 127.0.0.1 stands for all of 127/8.
  ///
  /// Without the namespace: it must mean the same after a boot, and the subject tells containers
  /// apart.
  case forwarder(Endpoint)

  /// The key of a remote endpoint seen in a network namespace.
  public init(_ remote: Endpoint, seenIn namespace: UInt64) {
    let scope = DestinationScope(remote.address)
    self = .endpoint(remote, namespace: scope.isPerNamespace ? namespace : 0)
  }

  /// The key of a forwarder that listens there.
  public init(forwarderAt local: Endpoint) {
    self = .forwarder(local.loopbackHost)
  }

  /// The /24 or /64 of an address; nil where neighbours have nothing in common (loopback,
  /// link-local).
  public init?(networkOf remote: Endpoint) {
    guard !DestinationScope(remote.address).isPerNamespace else { return nil }
    let address = remote.address
    self =
      address.isIPv4
      ? .network(IPAddress(ipv4: address.ipv4 & 0xffff_ff00), bits: 24, port: remote.port)
      : .network(IPAddress(high: address.high, low: 0), bits: 64, port: remote.port)
  }

  /// One address with any port.
  public init(anyPortOf address: IPAddress) {
    self = .network(address, bits: address.isIPv4 ? 32 : 128, port: 0)
  }

  /// The address and port where the key has them: of a network its first address, of a name and
  /// of all remotes the unspecified one.
  public var endpoint: Endpoint {
    switch self {
    case .endpoint(let endpoint, _), .forwarder(let endpoint): endpoint
    case .network(let address, _, let port): Endpoint(address: address, port: port)
    case .name(_, let port, _): Endpoint(address: .unspecifiedIPv4, port: port)
    case .all: Endpoint(address: .unspecifiedIPv4, port: 0)
    }
  }

  public var scope: DestinationScope {
    switch self {
    case .endpoint(let endpoint, _): DestinationScope(endpoint.address)
    case .network(let address, _, _): DestinationScope(address)
    case .name(_, _, let scope), .all(let scope): scope
    case .forwarder: .external
    }
  }

  /// Whether it stands for several addresses.
  public var isWide: Bool {
    switch self {
    case .endpoint, .forwarder: false
    case .network, .name, .all: true
    }
  }
}

extension Destination: CustomStringConvertible {
  /// The stable text form: `203.0.113.9:443`, `127.0.0.1:80@4026531840` with its namespace,
  /// `203.0.113.0/24:443`, `[2001:db8::/64]:443`, `203.0.113.9/32` for any port,
  /// `example.org:443`, `all external` or `via 127.0.0.1:3128`.
  public var description: String {
    switch self {
    case .endpoint(let endpoint, 0): "\(endpoint)"
    case .endpoint(let endpoint, let namespace): "\(endpoint)@\(namespace)"
    case .network(let address, let bits, 0): "\(address)/\(bits)"
    case .network(let address, let bits, let port):
      address.isIPv4 ? "\(address)/\(bits):\(port)" : "[\(address)/\(bits)]:\(port)"
    case .name(let name, let port, _): "\(name):\(port)"
    case .all(let scope): "all \(scope.rawValue)"
    case .forwarder(let endpoint): "via \(endpoint)"
    }
  }
}

/// Who talks to whom: the unit every behaviour is judged by.
///
/// It holds a subject's number and not its text, so that a key costs nothing to hash or copy; the
/// number means the same only within one run.
public struct Pair: Hashable, Sendable {
  public let subject: SubjectID
  public let destination: Destination

  public init(subject: SubjectID, destination: Destination) {
    self.subject = subject
    self.destination = destination
  }
}
