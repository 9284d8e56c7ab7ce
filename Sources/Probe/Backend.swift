// SPDX-License-Identifier: Apache-2.0

/// A set of hooks that yields the same records.
public enum Backend: String, CaseIterable, Sendable {
  /// The TCP functions themselves, through trampolines (fentry and fexit).
  case functions
  /// BTF tracepoints only, for kernels that allow no trampolines.
  case tracepoints
}

/// One backend that was tried, and what became of it.
public struct BackendAttempt: Sendable {
  public let backend: Backend
  /// Whether kernel memory may be read (false under lockdown=confidentiality).
  public let readsKernelMemory: Bool
  public let isChosen: Bool
  /// In one line: "loaded, attached, self-test exact", or what failed.
  public let outcome: String
  /// The verifier's log of a refused load; empty otherwise.
  public let verifierLog: String
}

extension BackendAttempt: CustomStringConvertible {
  public var description: String {
    "\(backend.rawValue)\(readsKernelMemory ? "" : " without kernel reads"): \(outcome)"
  }
}

extension Backend {
  /// The newest hook without which it cannot be: what this kernel lacks of it, in words.
  var missingHook: String? {
    switch self {
    case .functions: nil
    case .tracepoints:
      KernelHelpers.hasTracepoint("sock_send_length")
        ? nil : "this kernel has no tracepoint sock_send_length (6.3 and later have)"
    }
  }

  /// The object that this kernel can take.
  var object: ProbeObject {
    switch self {
    case .functions: KernelHelpers.hasStorageAndExchange ? .functions : .functionsHashStore
    case .tracepoints: .tracepoints
    }
  }
}
