// SPDX-License-Identifier: Apache-2.0

/// The uid of a Kubernetes pod in one component of a cgroup path.
///
/// `pod6c1e…` with dashes (cgroupfs driver), `kubepods-burstable-pod6c1e….slice` with underscores
/// (systemd driver, where a dash would be a slash). A pod of a manifest file has a digest of 32
/// digits in its place.
enum PodUID {
  static func text(in component: Substring) -> String? {
    // SLICE:cri-containerd:ID has its slice in front.
    let slice = component.split(separator: ":").first ?? component
    let name = slice.hasSuffix(".slice") ? slice.dropLast(6) : slice
    guard let mark = name.ranges(of: "pod").last else { return nil }
    let before = name[..<mark.lowerBound]
    guard before.isEmpty || (before.hasSuffix("-") && before.contains("kubepods")) else {
      return nil
    }
    let digits = String(name[mark.upperBound...].map { $0 == "_" ? "-" : $0 })
    let groups = digits.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] || groups.map(\.utf8.count) == [32],
      groups.allSatisfy({ $0.utf8.allSatisfy(isHexadecimal) })
    else { return nil }
    return digits
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
