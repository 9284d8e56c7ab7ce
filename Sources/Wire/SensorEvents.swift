// SPDX-License-Identifier: Apache-2.0

/// A DNS answer was seen.
public final class NameEvent: Sendable {
  public let time: KernelInstant
  public let networkNamespace: UInt64
  public let name: ByteString
  public let address: IPAddress
  public let ttlSeconds: UInt64

  public init(
    time: KernelInstant, networkNamespace: UInt64, name: ByteString, address: IPAddress,
    ttlSeconds: UInt64
  ) {
    self.time = time
    self.networkNamespace = networkNamespace
    self.name = name
    self.address = address
    self.ttlSeconds = ttlSeconds
  }
}

/// Where records were lost; the raw value is trace.md's word and a metric label.
public enum LossStage: String, CaseIterable, Sendable {
  case ring, decode, evicted, export
}

/// Records lost in one stage since the last such event.
public struct LostEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var records: UInt64
  public var stage: LossStage

  public init(time: KernelInstant, records: UInt64, stage: LossStage) {
    self.time = time
    self.records = records
    self.stage = stage
  }
}

/// The sensor was not watching.
public struct GapEvent: Hashable, Sendable {
  public var from: KernelInstant
  public var to: KernelInstant

  public init(from: KernelInstant, to: KernelInstant) {
    self.from = from
    self.to = to
  }
}

/// The wall clock was stepped.
public struct ClockEvent: Hashable, Sendable {
  public var time: KernelInstant
  /// Unix nanoseconds at `time`, after the step.
  public var wallNanoseconds: Int64

  public init(time: KernelInstant, wallNanoseconds: Int64) {
    self.time = time
    self.wallNanoseconds = wallNanoseconds
  }
}

/// What a stream says about itself before its first event.
public struct StreamHeader: Hashable, Sendable {
  public var host: ByteString
  public var bootID: String
  public var kernel: String
  /// "functions", "tracepoints", "zeek" or "other".
  public var backend: String
  /// Unix nanoseconds of boot time 0.
  public var wallEpochNanoseconds: Int64
  public var sensor: String
  /// "" where unknown.
  public var configHash: String
  public var timezone: String?
  public var role: String?
  public var isRedacted: Bool?

  public init(
    host: ByteString, bootID: String, kernel: String, backend: String,
    wallEpochNanoseconds: Int64, sensor: String, configHash: String, timezone: String? = nil,
    role: String? = nil, isRedacted: Bool? = nil
  ) {
    self.host = host
    self.bootID = bootID
    self.kernel = kernel
    self.backend = backend
    self.wallEpochNanoseconds = wallEpochNanoseconds
    self.sensor = sensor
    self.configHash = configHash
    self.timezone = timezone
    self.role = role
    self.isRedacted = isRedacted
  }
}
