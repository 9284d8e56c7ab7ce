// SPDX-License-Identifier: Apache-2.0

public import Wire

/// How the kernel side coalesces and buffers; fixed once the programs are loaded.
public struct ProbeConfiguration: Sendable {
  /// A silence longer than this ends a burst.
  public var burstGap: Duration = .milliseconds(50)
  /// A burst longer than this is snapshot while it lasts.
  public var flushInterval: Duration = .seconds(1)
  /// So is one that moved more bytes than this.
  public var flushBytes: UInt64 = 1 << 20
  /// The ring's size in bytes: a power of two, at least a page.
  public var ringBytes: UInt32 = 1 << 20
  /// What of packets is copied; all 0 leaves the packet hooks out.
  public var packets = KernelPacketKnobs(
    sentBytes: 2_048, receivedBytes: 256, answersPerSecond: 200, resetsPerSecond: 200)
  /// The one backend to use; nil tries `functions`, then `tracepoints`.
  public var backend: Backend?

  public init() {}

  func knobs(readsKernelMemory: Bool, hasTwins: Bool) -> KernelKnobs {
    KernelKnobs(
      burstGapNanoseconds: burstGap.wholeNanoseconds,
      flushIntervalNanoseconds: flushInterval.wholeNanoseconds,
      flushBytes: flushBytes, ringBytes: UInt64(ringBytes), readsKernelMemory: readsKernelMemory,
      hasTwins: hasTwins)
  }
}
