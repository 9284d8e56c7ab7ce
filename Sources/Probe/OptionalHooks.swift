// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf

/// Hooks that not every kernel has or needs; the others are required.
enum OptionalHooks {
  /// Program and kernel function: sendfile goes through tcp_sendpage before 6.5 and not since.
  private static let hooks = [
    (program: "page_sent", function: "tcp_sendpage"),
    (program: "page_sent_twin", function: "tcp_sendpage"),
  ]

  /// Second copies of the hooks that charge (bpf/twins.h).
  private static let twins = ["message_sent_twin", "page_sent_twin", "payload_consumed_twin"]

  /// BTF_KIND_FUNC of linux/btf.h; the header names it twice, so that Swift cannot tell which.
  private static let kindFunction: UInt32 = 12

  /// The programs that this kernel cannot take, and the twins where it needs none.
  static func leftOut(withTwins: Bool) -> [String] {
    absent() + (withTwins ? [] : twins)
  }

  /// The programs whose function this kernel's BTF does not name.
  private static func absent() -> [String] {
    guard let types = unsafe btf__load_vmlinux_btf() else { return hooks.map(\.program) }
    defer { unsafe btf__free(types) }
    return hooks.filter { hook in
      unsafe btf__find_by_name_kind(types, hook.function, kindFunction) < 0
    }.map(\.program)
  }
}
