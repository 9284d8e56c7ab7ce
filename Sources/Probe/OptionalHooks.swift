// SPDX-License-Identifier: Apache-2.0

/// Hooks that not every kernel has or needs; the others are required.
enum OptionalHooks {
  /// Hook and kernel function: sendfile goes through tcp_sendpage before 6.5 and not since; a
  /// kernel can be built without sockmaps.
  private static let hooks = [
    (hook: "page_sent", function: "tcp_sendpage"),
    (hook: "socket_mapped", function: "sk_psock_init"),
  ]
  /// Hooks that an interrupt's network work runs as well.
  ///
  /// While it interrupts one, on any kernel, its own run is skipped. Done twice they do no harm, so
  /// their second copies need no note.
  private static let interruptible = ["socket_state_changed", "socket_destroyed"]

  /// Ends the name of a second copy (bpf/twins.h).
  private static let twinSuffix = "_twin"

  /// The hook's name: that of its first copy.
  static func nameWithoutTwin(_ program: String) -> String {
    program.hasSuffix(twinSuffix) ? String(program.dropLast(twinSuffix.count)) : program
  }

  /// Whether this kernel cannot take the program, needs no second copy of it, or sweeps with another.
  static func isLeftOut(_ program: String, withTwins: Bool, sweeper: Sweeper) -> Bool {
    if let other = Sweeper(rawValue: program) { return other != sweeper }
    let name = nameWithoutTwin(program)
    if name != program, !withTwins, !interruptible.contains(name) { return true }
    guard let optional = hooks.first(where: { $0.hook == name }) else { return false }
    return !KernelHelpers.hasFunction(optional.function)
  }
}
