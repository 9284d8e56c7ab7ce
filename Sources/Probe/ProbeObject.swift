// SPDX-License-Identifier: Apache-2.0

internal import CProbeObjects

/// The committed BPF objects; the raw value is the source's name in bpf/.
public enum ProbeObject: String, CaseIterable, Sendable {
  case functions
  /// The same hooks with a store that needs nothing newer than 5.10.
  case functionsHashStore = "functions_5_10"
  case tracepoints
  /// The packet hooks, beside either of the others.
  case firstBytes = "first_bytes"
  case firstBytesHashStore = "first_bytes_5_10"

  /// A copy of the object.
  public var bytes: [UInt8] { unsafe Array(image) }

  /// Whether states lie in a hash by the socket's address and not in the socket's own storage.
  var usesHashStore: Bool { self == .functionsHashStore || self == .firstBytesHashStore }

  /// The packet hooks that find the socket states of this backend's object.
  var packetHooks: ProbeObject { usesHashStore ? .firstBytesHashStore : .firstBytes }

  /// The object, for as long as the process lives.
  var image: UnsafeRawBufferPointer {
    // SAFETY: each pair of symbols is a constant of CProbeObjects and its size.
    switch self {
    case .functions:
      unsafe UnsafeRawBufferPointer(
        start: halfwire_functions_object_start(), count: Int(halfwire_functions_object_bytes))
    case .functionsHashStore:
      unsafe UnsafeRawBufferPointer(
        start: halfwire_functions_5_10_object_start(),
        count: Int(halfwire_functions_5_10_object_bytes))
    case .tracepoints:
      unsafe UnsafeRawBufferPointer(
        start: halfwire_tracepoints_object_start(), count: Int(halfwire_tracepoints_object_bytes))
    case .firstBytes:
      unsafe UnsafeRawBufferPointer(
        start: halfwire_first_bytes_object_start(), count: Int(halfwire_first_bytes_object_bytes))
    case .firstBytesHashStore:
      unsafe UnsafeRawBufferPointer(
        start: halfwire_first_bytes_5_10_object_start(),
        count: Int(halfwire_first_bytes_5_10_object_bytes))
    }
  }
}
