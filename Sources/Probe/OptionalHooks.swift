// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf

/// Hooks on functions that not every kernel has; the others are required.
enum OptionalHooks {
  /// Program and kernel function: sendfile goes through tcp_sendpage before 6.5 and not since.
  private static let hooks = [(program: "page_sent", function: "tcp_sendpage")]

  /// BTF_KIND_FUNC of linux/btf.h; the header names it twice, so that Swift cannot tell which.
  private static let kindFunction: UInt32 = 12

  /// The programs whose function this kernel's BTF does not name.
  static func absent() -> [String] {
    guard let types = unsafe btf__load_vmlinux_btf() else { return hooks.map(\.program) }
    defer { unsafe btf__free(types) }
    return hooks.filter { hook in
      unsafe btf__find_by_name_kind(types, hook.function, kindFunction) < 0
    }.map(\.program)
  }
}
