// SPDX-License-Identifier: Apache-2.0

internal import Probe
internal import Trace
internal import Wire

extension TraceWriter {
  /// Creates a trace file, or fails with the documented exit code.
  static func creating(
    _ path: String, isJSONLines: Bool, maximumBytes: UInt64?, header: StreamHeader
  ) throws(SensorFailure) -> TraceWriter {
    var options = Options()
    options.maximumBytes = maximumBytes
    let format: TraceFormat =
      isJSONLines ? (path.hasSuffix(".zst") ? .compressedJSONLines : .jsonLines) : .native
    do throws(TraceError) {
      return try TraceWriter(path: path, format: format, header: header, options: options)
    } catch {
      throw SensorFailure(writing: error)
    }
  }
}

extension HostFacts {
  /// The header of a stream that begins here and now.
  func header(backend: Backend, configHash: String) -> StreamHeader {
    StreamHeader(
      host: ByteString(host), bootID: bootID, kernel: kernel, backend: backend.rawValue,
      wallEpochNanoseconds: wallEpochNanoseconds, sensor: "halfwire \(sensorVersion)",
      configHash: configHash)
  }
}
