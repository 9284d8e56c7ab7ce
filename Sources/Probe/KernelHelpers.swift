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
}
