// SPDX-License-Identifier: Apache-2.0

/// Why the kernel side cannot run.
public enum ProbeError: Error, Sendable {
  /// The process may not load BPF programs; the names are the capabilities that are missing.
  case missingCapabilities([String])
  /// The kernel carries no BTF at /sys/kernel/btf/vmlinux.
  case noTypeInformation
  /// No backend could be loaded, attached and shown to be exact.
  case noBackend([BackendAttempt])
  /// A call to the kernel or libbpf failed with this errno.
  case system(operation: String, code: Int32)
}

extension ProbeError: CustomStringConvertible {
  /// One line: what is wrong, and where there is one, the fix.
  public var description: String {
    switch self {
    case .missingCapabilities(let names):
      "missing \(names.joined(separator: " and ")): run as root, or grant them with "
        + "setcap \(names.map { $0.lowercased() }.joined(separator: ","))+ep"
    case .noTypeInformation:
      "this kernel has no BTF (/sys/kernel/btf/vmlinux): "
        + "halfwire needs one built with CONFIG_DEBUG_INFO_BTF=y"
    case .noBackend(let attempts):
      "no backend works on this kernel: "
        + attempts.map(\.description).joined(separator: "; ")
    case .system(let operation, let code):
      "\(operation): \(errorText(code))"
    }
  }
}
