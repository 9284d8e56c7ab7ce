// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Programs that only pass their caller's work on: the initiator is looked for behind them.
enum TransparentTools {
  private static let names: Set<String> = [
    // They change the identity, environment, priority or session of what they start.
    "sudo", "su", "doas", "runuser", "env", "timeout", "nohup", "xargs", "setsid", "nice", "ionice",
    "stdbuf", "flock", "time", "chroot", "unshare", "nsenter",
    // They carry bytes for whoever runs them.
    "curl", "wget", "nc", "ncat", "netcat", "socat", "openssl", "ssh",
  ]

  static func contains(name: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: name, as: UTF8.self)
    // Debian's alternatives: nc.openbsd, nc.traditional.
    return names.contains(text) || text.hasPrefix("nc.")
  }

  /// A shell that was given its commands by its caller, or a tool of the list.
  static func isTransparent(_ facts: ProcessFacts) -> Bool {
    guard let executable = facts.executable else { return false }
    var name = PathText.baseName(PathText.existing(executable))
    var arguments = facts.arguments?[...] ?? []
    if Interpreter.isMultiCall(name), let first = arguments.first {
      name = PathText.baseName(first)
      if Interpreter.isMultiCall(name) {
        arguments = arguments.dropFirst()
        name = PathText.baseName(arguments.first ?? "")
      }
    }
    if contains(name: name) { return true }
    guard Interpreter.named(name)?.kind == .shell else { return false }
    return commandLine(of: arguments) != nil
  }

  /// What a shell's `-c` brings.
  static func commandLine(of arguments: ArraySlice<ByteString>) -> ByteString? {
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      let bytes = argument.bytes
      guard bytes.count > 1, bytes[0] == UInt8(ascii: "-") else { return nil }
      if bytes[1] != UInt8(ascii: "-"), bytes.last == UInt8(ascii: "c") { return rest.first }
    }
    return nil
  }
}
