// SPDX-License-Identifier: Apache-2.0

internal import CProbeObjects

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
  /// A copy of the committed BPF object.
  public var objectBytes: [UInt8] { unsafe Array(object) }

  /// The committed BPF object, for as long as the process lives.
  var object: UnsafeRawBufferPointer {
    switch self {
    case .functions:
      // SAFETY: both symbols are constants of CProbeObjects; the second is the size of the first.
      unsafe UnsafeRawBufferPointer(
        start: halfwire_functions_object_start(), count: Int(halfwire_functions_object_bytes))
    case .tracepoints:
      // SAFETY: as above.
      unsafe UnsafeRawBufferPointer(
        start: halfwire_tracepoints_object_start(), count: Int(halfwire_tracepoints_object_bytes))
    }
  }
}
