// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// What is set in the programs before they are loaded: `struct halfwire_knobs`.
public struct KernelKnobs: Sendable {
  public var burstGapNanoseconds: UInt64
  public var flushIntervalNanoseconds: UInt64
  public var flushBytes: UInt64
  public var ringBytes: UInt64
  public var readsKernelMemory: Bool

  public init(
    burstGapNanoseconds: UInt64, flushIntervalNanoseconds: UInt64, flushBytes: UInt64,
    ringBytes: UInt64, readsKernelMemory: Bool
  ) {
    self.burstGapNanoseconds = burstGapNanoseconds
    self.flushIntervalNanoseconds = flushIntervalNanoseconds
    self.flushBytes = flushBytes
    self.ringBytes = ringBytes
    self.readsKernelMemory = readsKernelMemory
  }

  /// As the kernel side reads them.
  public var bytes: [UInt8] {
    var layout = halfwire_knobs()
    layout.burst_gap_ns = burstGapNanoseconds
    layout.flush_interval_ns = flushIntervalNanoseconds
    layout.flush_bytes = flushBytes
    layout.ring_bytes = ringBytes
    layout.may_read_kernel = readsKernelMemory ? 1 : 0
    // SAFETY: the struct is trivial and its padding is named and zeroed.
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

  public init(threadGroup: UInt32, networkNamespace: UInt32, port: UInt16) {
    self.threadGroup = threadGroup
    self.networkNamespace = networkNamespace
    self.port = port
  }

  /// As the kernel side reads it.
  public var bytes: [UInt8] {
    var layout = halfwire_exclusion()
    layout.tgid = threadGroup
    layout.netns_inode = networkNamespace
    layout.port = port
    // SAFETY: the struct is trivial and its padding is named and zeroed.
    return unsafe withUnsafeBytes(of: &layout) { unsafe Array($0) }
  }
}
