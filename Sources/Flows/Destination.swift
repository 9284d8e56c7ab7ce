// SPDX-License-Identifier: Apache-2.0

public import Wire

/// The remote half of a pair.
///
/// An enumeration, so that wider keys (a network, a name) can be added beside this one without
/// changing the text or the identity of the keys that exist.
public enum Destination: Hashable, Sendable {
  /// One address and port.
  ///
  /// `namespace` is the network namespace's inode where the address means another host in each
  /// (loopback, link-local), else 0.
  case endpoint(Endpoint, namespace: UInt64)

  /// The key of a remote endpoint seen in a network namespace.
  public init(_ remote: Endpoint, seenIn namespace: UInt64) {
    let scope = DestinationScope(remote.address)
    self = .endpoint(remote, namespace: scope.isPerNamespace ? namespace : 0)
  }

  public var endpoint: Endpoint {
    switch self {
    case .endpoint(let endpoint, _): endpoint
    }
  }

  public var scope: DestinationScope { DestinationScope(endpoint.address) }
}

extension Destination: CustomStringConvertible {
  /// The stable text form: `203.0.113.9:443`, or `127.0.0.1:80@4026531840` with its namespace.
  public var description: String {
    switch self {
    case .endpoint(let endpoint, 0): "\(endpoint)"
    case .endpoint(let endpoint, let namespace): "\(endpoint)@\(namespace)"
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
