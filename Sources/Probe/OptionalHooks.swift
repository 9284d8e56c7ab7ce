// SPDX-License-Identifier: Apache-2.0

/// Hooks that not every kernel has or needs; the others are required.
enum OptionalHooks {
  /// Program and kernel function: sendfile goes through tcp_sendpage before 6.5 and not since; a
  /// kernel can be built without sockmaps.
  private static let hooks = [
    (program: "page_sent", function: "tcp_sendpage"),
    (program: "page_sent_twin", function: "tcp_sendpage"),
    (program: "socket_mapped", function: "sk_psock_init"),
  ]

  /// Ends the name of a second copy (bpf/twins.h).
  private static let twinSuffix = "_twin"

  /// The hook's name: that of its first copy.
  static func nameWithoutTwin(_ program: String) -> String {
    program.hasSuffix(twinSuffix) ? String(program.dropLast(twinSuffix.count)) : program
  }

  /// Whether this kernel cannot take the program, or needs no second copy of it.
  static func isLeftOut(_ program: String, withTwins: Bool) -> Bool {
    if !withTwins, program.hasSuffix(twinSuffix) { return true }
    guard let hook = hooks.first(where: { $0.program == program }) else { return false }
    return !KernelHelpers.hasFunction(hook.function)
  }
}
