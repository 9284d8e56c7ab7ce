// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// What is set in the programs before they are loaded: `struct halfwire_knobs`.
public struct KernelKnobs: Sendable {
  public var burstGapNanoseconds: UInt64
  public var flushIntervalNanoseconds: UInt64
  public var flushBytes: UInt64
  public var ringBytes: UInt64
  public var readsKernelMemory: Bool
  /// Whether the hooks that charge are loaded twice.
  public var hasTwins: Bool

  public init(
    burstGapNanoseconds: UInt64, flushIntervalNanoseconds: UInt64, flushBytes: UInt64,
    ringBytes: UInt64, readsKernelMemory: Bool, hasTwins: Bool
  ) {
    self.burstGapNanoseconds = burstGapNanoseconds
    self.flushIntervalNanoseconds = flushIntervalNanoseconds
    self.flushBytes = flushBytes
    self.ringBytes = ringBytes
    self.readsKernelMemory = readsKernelMemory
    self.hasTwins = hasTwins
  }

  /// As the kernel side reads them.
  public var bytes: [UInt8] {
    var layout = halfwire_knobs()
    layout.burst_gap_ns = burstGapNanoseconds
    layout.flush_interval_ns = flushIntervalNanoseconds
    layout.flush_bytes = flushBytes
    layout.ring_bytes = ringBytes
    layout.may_read_kernel = readsKernelMemory ? 1 : 0
    layout.has_twins = hasTwins ? 1 : 0
    // SAFETY: the struct is trivial and its padding is named and zeroed.
    return unsafe withUnsafeBytes(of: &layout) { unsafe Array($0) }
  }
}

/// What the sensor is doing: `struct halfwire_phase`.
public struct KernelPhase: Sendable {
  /// The sockets from before are being looked for.
  public var isSeeding: Bool
  /// The hooks are gone.
  public var isDetached: Bool

  public init(isSeeding: Bool, isDetached: Bool) {
    self.isSeeding = isSeeding
    self.isDetached = isDetached
  }

  /// As the kernel side reads it.
  public var bytes: [UInt8] {
    var layout = halfwire_phase(
      is_seeding: isSeeding ? 1 : 0, is_detached: isDetached ? 1 : 0)
    // SAFETY: two integers without padding.
    return unsafe withUnsafeBytes(of: &layout) { unsafe Array($0) }
  }
}

/// The sensor's own traffic, left out while it runs: `struct halfwire_exclusion`.
public struct KernelExclusion: Sendable {
  /// As the initial pid namespace counts; 0 excludes nothing.
  public var threadGroup: UInt32
  public var networkNamespace: UInt32
  /// The port metrics are served on; 0 for none.
  public var port: UInt16
  /// The address they are served on; nil for all of this host.
  public var address: IPAddress?

  public init(
    threadGroup: UInt32, networkNamespace: UInt32, port: UInt16, address: IPAddress?
  ) {
    self.threadGroup = threadGroup
    self.networkNamespace = networkNamespace
    self.port = port
    self.address = address
  }

  /// As the kernel side reads it.
  public var bytes: [UInt8] {
    var layout = halfwire_exclusion()
    layout.tgid = threadGroup
    layout.netns_inode = networkNamespace
    layout.port = port
    if let address {
      layout.family = UInt8(address.isIPv4 ? HALFWIRE_FAMILY_IPV4 : HALFWIRE_FAMILY_IPV6)
      // SAFETY: the field is 16 bytes in network order, IPv4 in the first four.
      unsafe withUnsafeMutableBytes(of: &layout.address) { bytes in
        if address.isIPv4 {
          unsafe bytes.storeBytes(of: address.ipv4.bigEndian, as: UInt32.self)
        } else {
          unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
          unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
      }
    }
    // SAFETY: the struct is trivial and its padding is named and zeroed.
    return unsafe withUnsafeBytes(of: &layout) { unsafe Array($0) }
  }
}
