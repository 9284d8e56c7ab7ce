// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf

/// What this kernel's BPF offers, read from its own type information.
enum KernelHelpers {
  /// Whether tracing programs have socket storage (5.11) and atomic exchange (5.12).
  ///
  /// Neither leaves a trace in the type information; bpf_check_mtu came with the latter.
  static var hasStorageAndExchange: Bool {
    // SAFETY: the name is a constant, copied by nobody.
    unsafe halfwire_kernel_has_helper("BPF_FUNC_check_mtu")
  }

  /// Whether a walk over all socket storage cannot meet an element that is being freed.
  ///
  /// Since 7.0 an element loses its pointer to the storage before it leaves the map, and the walk
  /// reads through that pointer: 7.2 was seen to oops. The function came with that change.
  static var hasSafeStorageWalk: Bool { !hasFunction("bpf_selem_unlink_nofail") }

  /// Whether the kernel's type information names this tracepoint.
  static func hasTracepoint(_ name: String) -> Bool {
    unsafe halfwire_kernel_has_tracepoint("btf_trace_" + name)
  }

  /// Whether the kernel's type information names this function.
  static func hasFunction(_ name: String) -> Bool {
    unsafe halfwire_kernel_has_function(name)
  }
}
