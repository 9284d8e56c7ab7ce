// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the sensor itself costs, read from /proc/self.
///
/// This is the only /proc that Export reads, and it concerns no other process. A value that cannot
/// be read is nil, and its metric absent.
public struct ProcessReading: Sendable, Equatable {
  public var cpuSeconds: Double?
  public var residentBytes: UInt64?
  public var openFileDescriptors: UInt64?
  /// Unix time.
  public var startSeconds: Double?

  public init(
    cpuSeconds: Double? = nil, residentBytes: UInt64? = nil, openFileDescriptors: UInt64? = nil,
    startSeconds: Double? = nil
  ) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
    self.openFileDescriptors = openFileDescriptors
    self.startSeconds = startSeconds
  }

  /// Reads everything now.
  public static func now() -> ProcessReading {
    var reading = ProcessReading()
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    if let stat = try? SystemCalls.read("/proc/self/stat", limit: 4096) {
      reading.take(stat: stat, ticksPerSecond: ticks, pageSize: UInt64(getpagesize()))
      // proc_pid_stat(5) counts the start from boot, and /proc/stat has the boot's Unix time.
      if let host = try? SystemCalls.read("/proc/stat", limit: 1 << 20),
        let boot = bootSeconds(stat: host), let start = reading.startSeconds
      {
        reading.startSeconds = boot + start
      } else {
        reading.startSeconds = nil
      }
    }
    // The directory stream that counts them is one itself.
    if let count = try? SystemCalls.entryCount(of: "/proc/self/fd"), count > 0 {
      reading.openFileDescriptors = UInt64(count - 1)
    }
    return reading
  }

  /// Takes fields 14, 15, 22 and 24 of proc_pid_stat(5); the start is left relative to boot.
  mutating func take(stat: [UInt8], ticksPerSecond: Double, pageSize: UInt64) {
    // The name in field 2 may hold spaces and brackets, so the fields count from the last bracket.
    guard ticksPerSecond > 0, let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return }
    let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " ")).map {
      UInt64(String(decoding: $0, as: UTF8.self))
    }
    let field = { (number: Int) in fields.indices.contains(number - 3) ? fields[number - 3] : nil }
    if let user = field(14), let system = field(15) {
      cpuSeconds = (Double(user) + Double(system)) / ticksPerSecond
    }
    startSeconds = field(22).map { Double($0) / ticksPerSecond }
    residentBytes = field(24).map { $0 &* pageSize }
  }

  private static func bootSeconds(stat: [UInt8]) -> Double? {
    for line in stat.split(separator: UInt8(ascii: "\n")) where line.starts(with: "btime ".utf8) {
      return Double(String(decoding: line.dropFirst(6), as: UTF8.self))
    }
    return nil
  }
}

extension MetricSnapshot.Builder {
  /// Sets the four `process_*` families, as far as they could be read.
  public mutating func set(_ reading: ProcessReading) {
    if let value = reading.cpuSeconds { set(Metrics.processCPUSecondsTotal, to: value) }
    if let value = reading.residentBytes { set(Metrics.processResidentMemoryBytes, to: value) }
    if let value = reading.openFileDescriptors { set(Metrics.processOpenFDs, to: value) }
    if let value = reading.startSeconds { set(Metrics.processStartTimeSeconds, to: value) }
  }
}
