// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Services that a cloud offers its guests at an address of its own.
///
/// Most stand in link-local (169.254.169.254), unique local (fd00:ec2::254) or shared address space
/// (100.100.100.200) and are near by their scope. These look public.
enum MetadataAddress {
  /// Azure's WireServer, 168.63.129.16, and Oracle's, 192.0.0.192.
  private static let lookPublic: [UInt32] = [0xa83f_8110, 0xc000_00c0]

  static func contains(_ address: IPAddress) -> Bool {
    address.isIPv4 && lookPublic.contains(address.ipv4)
  }
}
