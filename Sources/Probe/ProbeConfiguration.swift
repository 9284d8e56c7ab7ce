// SPDX-License-Identifier: Apache-2.0

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
  /// The one backend to use; nil tries `functions`, then `tracepoints`.
  public var backend: Backend?

  public init() {}
}
