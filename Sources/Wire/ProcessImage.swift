// SPDX-License-Identifier: Apache-2.0

/// A thread group for its whole life: pids are recycled, (pid, start) is not.
public struct ProcessKey: Hashable, BitwiseCopyable, Sendable {
  public let pid: UInt32
  public let start: KernelInstant

  public init(pid: UInt32, start: KernelInstant) {
    self.pid = pid
    self.start = start
  }
}

/// A process image: a thread group between two calls of exec.
public struct ImageKey: Hashable, BitwiseCopyable, Sendable {
  public let process: ProcessKey
  /// The kernel's `self_exec_id`; 0 where unknown.
  public let execID: UInt64

  public init(pid: UInt32, start: KernelInstant, execID: UInt64) {
    process = ProcessKey(pid: pid, start: start)
    self.execID = execID
  }

  public var pid: UInt32 { process.pid }
  public var start: KernelInstant { process.start }

  /// The actors beyond a socket's slots, together: their bytes are unattributed.
  public static let unattributed = ImageKey(pid: 0, start: .zero, execID: 0)

  public var isUnattributed: Bool { self == .unattributed }
}
