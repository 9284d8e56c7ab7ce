// SPDX-License-Identifier: Apache-2.0

internal import Export
internal import Probe
internal import Trace
internal import Wire

extension SensorFailure {
  init(_ error: ProbeError) {
    switch error {
    case .missingCapabilities: self.init(.capabilityMissing, error.description)
    case .noTypeInformation, .noBackend: self.init(.kernelCannot, error.description)
    case .system: self.init(.internalError, error.description)
    }
  }

  init(_ error: TraceError) {
    switch error.code {
    case .notFound: self.init(.fileMissing, error.description)
    case .inputOutput, .refused: self.init(.inputOutput, error.description)
    case .malformed:
      self.init(
        .malformedTrace, error.description + " (--lenient passes over what is malformed)")
    case .unsupported: self.init(.malformedTrace, error.description)
    }
  }

  /// A trace that cannot be written; a directory that is missing is no missing input.
  init(writing error: TraceError) {
    switch error.code {
    case .notFound, .inputOutput:
      self.init(.inputOutput, "cannot write \(error.description); choose another file")
    case .refused, .malformed, .unsupported: self.init(error)
    }
  }
}

extension SensorFailure {
  init(_ error: MetricsServerError) {
    switch error {
    case .invalidAddress, .notLoopback, .pathTooLong: self.init(.usage, error.description)
    case .addressInUse, .permissionDenied, .addressNotAvailable, .notASocket, .failed:
      self.init(.inputOutput, error.description)
    }
  }
}

extension ListenAddress {
  /// Where connections to it come in; nil for a Unix socket.
  var endpoint: Endpoint? {
    guard case .tcp(let host, let port) = self, let address = IPAddress(text: host) else {
      return nil
    }
    return Endpoint(address: address, port: port)
  }
}

extension Probe {
  /// Attaches, or fails with the documented exit code and the fix.
  static func attaching(
    _ configuration: ProbeConfiguration, excluding served: Endpoint? = nil
  ) throws(SensorFailure) -> Probe {
    do throws(ProbeError) {
      return try Probe(configuration: configuration, excluding: served)
    } catch {
      throw SensorFailure(error)
    }
  }
}
