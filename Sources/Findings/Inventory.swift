// SPDX-License-Identifier: Apache-2.0

internal import Flows
public import Wire

/// The services that an operator declares for this host, for all analytics.
public struct Inventory: Hashable, Sendable {
  /// One declared service; what is nil is not asked for.
  public struct Service: Hashable, Sendable {
    public var name: String
    /// The package that owns the executable.
    public var package: String?
    /// The executable's whole path.
    public var path: String?
    /// The systemd unit, with its suffix.
    public var unit: String?
    public var role: String?
    public var owner: String?
    /// Where it may talk to; none declares nothing, and `*` everything.
    public var destinations: [String]
    /// It accepts connections from outside, so its descendants are what a web shell would be.
    public var isNetworkFacing: Bool

    public init(
      name: String, package: String? = nil, path: String? = nil, unit: String? = nil,
      role: String? = nil, owner: String? = nil, destinations: [String] = [],
      isNetworkFacing: Bool = false
    ) {
      self.name = name
      self.package = package
      self.path = path
      self.unit = unit
      self.role = role
      self.owner = owner
      self.destinations = destinations
      self.isNetworkFacing = isNetworkFacing
    }

    /// A service that says nothing of its process is none.
    var isIdentified: Bool { package != nil || path != nil || unit != nil }

    /// Everything that it says of its process holds.
    func takes(package: String?, path: String?, unit: String?) -> Bool {
      isIdentified && (self.package == nil || self.package == package)
        && (self.path == nil || self.path == path) && (self.unit == nil || self.unit == unit)
    }
  }

  /// In the order of the configuration; the first that fits counts.
  public var services: [Service]

  public init(services: [Service] = []) {
    self.services = services
  }

  /// The service of a process; nil where none is declared for it.
  public func service(package: String?, path: String?, unit: String?) -> Service? {
    services.first { $0.takes(package: package, path: path, unit: unit) }
  }

  /// Whether a service is declared to talk to this endpoint, known by `name`.
  ///
  /// A text among the destinations that is no pattern declares nothing.
  public func declares(_ endpoint: Endpoint, name: String?, for service: Service) -> Bool {
    declares(DestinationPattern(.endpoint(endpoint, namespace: 0)), name: name, for: service)
  }

  /// The same for all that a finding's destination stands for; `name` is what a single address was
  /// known by.
  func declares(_ destination: DestinationPattern, name: String?, for service: Service) -> Bool {
    service.destinations.contains { text in
      guard let pattern = DestinationPattern(text: text) else { return false }
      return pattern.takes(port: destination.port) && pattern.covers(destination.host, name: name)
    }
  }
}
