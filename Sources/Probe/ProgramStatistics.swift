// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf

/// What the kernel counts for one attached program.
public struct ProgramStatistics: Sendable {
  public let name: String
  /// Runs and their time; both stay 0 unless BPF statistics are enabled on the host.
  public private(set) var runs: UInt64 = 0
  public private(set) var runNanoseconds: UInt64 = 0
  /// Runs skipped because the program was already running on that processor.
  public private(set) var missed: UInt64 = 0

  /// The kernel still has the attachment, of every copy.
  public private(set) var isAttached: Bool

  /// Adds what the kernel counts for another copy of the same hook.
  mutating func add(_ copy: ProgramStatistics) {
    runs &+= copy.runs
    runNanoseconds &+= copy.runNanoseconds
    missed &+= copy.missed
    isAttached = isAttached && copy.isAttached
  }

  init(name: String, program: Int32, link: Int32) {
    self.name = name
    var attachment = bpf_link_info()
    var attachmentSize = UInt32(MemoryLayout<bpf_link_info>.size)
    // SAFETY: the kernel writes at most `size` bytes of its own layout, of which this is a prefix.
    isAttached = unsafe bpf_obj_get_info_by_fd(link, &attachment, &attachmentSize) == 0
    var information = bpf_prog_info()
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    // SAFETY: as above.
    guard unsafe bpf_obj_get_info_by_fd(program, &information, &size) == 0 else { return }
    runs = information.run_cnt
    runNanoseconds = information.run_time_ns
    missed = information.recursion_misses
  }
}
