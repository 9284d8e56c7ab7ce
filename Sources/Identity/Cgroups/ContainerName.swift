// SPDX-License-Identifier: Apache-2.0

/// A container as its group's name gives it away.
struct ContainerName: CustomStringConvertible {
  /// Nil where the path has the id and does not say whose it is (Kubernetes' cgroupfs driver).
  let runtime: String?
  let id: String

  var description: String { runtime.map { "\($0)://\(id)" } ?? id }

  /// What comes before the id in `PREFIX-ID.scope` (systemd) and `PREFIX-ID` (cgroupfs).
  ///
  /// Their monitors (`crio-conmon-`, `libpod-conmon-`) run outside of the container.
  private static let prefixes = [
    ("docker-", "docker"), ("cri-containerd-", "containerd"), ("nerdctl-", "containerd"),
    ("crio-", "cri-o"), ("libpod-payload-", "podman"), ("libpod-", "podman"),
    ("crun-", "crun"), ("runc-", "runc"),
  ]

  /// The innermost container: with containers in containers, the one that runs the process.
  static func deepest(in components: [Substring]) -> ContainerName? {
    for index in components.indices.reversed() {
      let parent = index > 0 ? components[index - 1] : nil
      if let name = prefixed(components[index]) ?? machine(components[index])
        ?? lxc(components[index], in: parent) ?? plain(components[index], in: parent)
      {
        return name
      }
    }
    return nil
  }

  private static func prefixed(_ component: Substring) -> ContainerName? {
    // containerd told to use systemd by Kubernetes, but not itself: SLICE:cri-containerd:ID.
    let parts = component.split(separator: ":")
    if parts.count == 3, isDigest(parts[2]),
      let match = prefixes.first(where: { $0.0.dropLast() == parts[1] })
    {
      return ContainerName(runtime: match.1, id: String(parts[2]))
    }
    let name = component.hasSuffix(".scope") ? component.dropLast(6) : component
    for (prefix, runtime) in prefixes where name.hasPrefix(prefix) {
      let id = name.dropFirst(prefix.utf8.count)
      if isDigest(id) { return ContainerName(runtime: runtime, id: String(id)) }
    }
    return nil
  }

  /// systemd-machined's scopes and services; virtual machines are registered there as well.
  private static func machine(_ component: Substring) -> ContainerName? {
    if component.hasPrefix("systemd-nspawn@"), component.hasSuffix(".service") {
      return SystemdUnit.unescaped(component.dropFirst(15).dropLast(8)).map {
        ContainerName(runtime: "systemd-nspawn", id: $0)
      }
    }
    guard component.hasPrefix("machine-"), component.hasSuffix(".scope"),
      let name = SystemdUnit.unescaped(component.dropFirst(8).dropLast(6)),
      !name.hasPrefix("qemu-"), !name.isEmpty
    else { return nil }
    // libvirt's own containers: lxc-PID-NAME.
    let parts = name.split(separator: "-", maxSplits: 2)
    if parts.count == 3, parts[0] == "lxc", UInt32(parts[1]) != nil {
      return ContainerName(runtime: "lxc", id: String(parts[2]))
    }
    return ContainerName(runtime: "systemd-nspawn", id: name)
  }

  private static func lxc(_ component: Substring, in parent: Substring?) -> ContainerName? {
    if component.hasPrefix("lxc.payload.") {
      return ContainerName(runtime: "lxc", id: String(component.dropFirst(12)))
    }
    if component.hasPrefix("lxc-"), component.hasSuffix(".libvirt-lxc") {
      let name = component.dropFirst(4).dropLast(12).drop { $0 != "-" }.dropFirst()
      return name.isEmpty ? nil : ContainerName(runtime: "lxc", id: String(name))
    }
    guard parent == "lxc.payload" || parent == "lxc" else { return nil }
    return ContainerName(runtime: "lxc", id: String(component))
  }

  /// A bare id; in a group "docker" it is Docker's.
  private static func plain(_ component: Substring, in parent: Substring?) -> ContainerName? {
    guard isDigest(component) else { return nil }
    return ContainerName(runtime: parent == "docker" ? "docker" : nil, id: String(component))
  }

  /// The ids of Docker, containerd, CRI-O and Podman: 64 lower-case hexadecimal digits.
  private static func isDigest(_ text: Substring) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy(PodUID.isHexadecimal)
  }
}
