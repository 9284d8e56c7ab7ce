// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What a process's place in the cgroup tree says: its unit, its container, its pod.
///
/// The names are given by whoever made the groups, and a container that may make groups can make
/// them below its own: they say where a process runs and never lower a finding's severity.
public struct ControlGroup: Hashable, Sendable {
  /// The system's unit, and behind a slash the user's own where there is one.
  public let unit: ByteString?
  /// `runtime://id` as Kubernetes writes it; the id alone where the path does not name the runtime.
  public let container: ByteString?
  /// The uid of the Kubernetes pod, with dashes.
  public let pod: ByteString?

  /// Reads the path of a group of the unified hierarchy, as the host sees it.
  public init(path: ByteString) {
    let components = path.text?.split(separator: "/").map(Self.unescaped) ?? []
    unit = SystemdUnit.name(in: components).map { ByteString($0) }
    container = ContainerName.deepest(in: components).map { ByteString("\($0)") }
    pod = components.reversed().lazy.compactMap(PodUID.text(in:)).first.map { ByteString($0) }
  }

  /// systemd puts an underscore before a name that would clash with a file of the group.
  private static func unescaped(_ component: Substring) -> Substring {
    component.first == "_" ? component.dropFirst() : component
  }
}
