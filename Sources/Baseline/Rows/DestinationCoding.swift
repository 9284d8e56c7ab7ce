// SPDX-License-Identifier: Apache-2.0

public import Flows
internal import Wire

// Destinations in rows, those included whose text cannot be read back.

extension RowWriter {
  /// False where the destination means another host after the next boot; nothing is written then.
  public mutating func put(_ destination: Destination) -> Bool {
    switch destination {
    case .endpoint(let endpoint, namespace: 0):
      put(0)
      put(text: "\(endpoint)")
    case .endpoint: return false
    case .network(let address, let bits, let port):
      put(1)
      put(text: "\(address)")
      put(UInt64(bits))
      put(UInt64(port))
    case .name(let name, let port, let scope):
      put(2)
      put(text: name)
      put(UInt64(port))
      put(text: scope.rawValue)
    case .all(let scope):
      put(3)
      put(text: scope.rawValue)
    case .forwarder(let endpoint):
      put(4)
      put(text: "\(endpoint)")
    }
    return true
  }
}

extension RowReader {
  public mutating func destination() -> Destination? {
    switch number() {
    case 0: return text().flatMap { Endpoint(text: $0) }.map { .endpoint($0, namespace: 0) }
    case 1:
      guard let address = text().flatMap({ IPAddress(text: $0) }),
        let bits = number().flatMap({ UInt8(exactly: $0) }), let port = port()
      else { return nil }
      return .network(address, bits: bits, port: port)
    case 2:
      guard let name = text(), let port = port(),
        let scope = text().flatMap({ DestinationScope(rawValue: $0) })
      else { return nil }
      return .name(name, port: port, scope: scope)
    case 3: return text().flatMap { DestinationScope(rawValue: $0) }.map { .all($0) }
    case 4: return text().flatMap { Endpoint(text: $0) }.map { .forwarder($0) }
    default: return nil
    }
  }

  private mutating func port() -> UInt16? { number().flatMap { UInt16(exactly: $0) } }
}
