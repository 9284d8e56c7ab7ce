// SPDX-License-Identifier: Apache-2.0

/// Why a trace cannot be read or written, and where.
public struct TraceError: Error, Hashable, Sendable {
  /// What kind of failure it is; each has its own exit code.
  public enum Code: Hashable, Sendable {
    /// There is no such file.
    case notFound
    /// The system refused or failed to read or write; `errno` says how.
    case inputOutput(errno: Int32)
    /// The trace is damaged, or is none.
    case malformed
    /// The trace is of a version this program does not know.
    case unsupported
    /// The place to write to is not one a trace may replace.
    case refused
  }

  /// Where in the trace.
  public enum Location: Hashable, Sendable {
    /// A line and a byte of it, both from 1.
    case line(UInt64, byte: Int)
    /// Bytes from the file's start.
    case offset(UInt64)
  }

  public var code: Code
  /// The path as it was given, "-" for a standard stream.
  public var file: String
  public var location: Location?
  public var reason: String

  public init(_ code: Code, file: String, at location: Location? = nil, _ reason: String) {
    self.code = code
    self.file = file
    self.location = location
    self.reason = reason
  }
}

extension TraceError: CustomStringConvertible {
  /// One line: `trace.jsonl: line 17, byte 42: unexpected '}'`.
  public var description: String {
    switch location {
    case nil: "\(file): \(reason)"
    case .line(let line, let byte)?: "\(file): line \(line), byte \(byte): \(reason)"
    case .offset(let offset)?: "\(file): byte offset \(offset): \(reason)"
    }
  }
}
