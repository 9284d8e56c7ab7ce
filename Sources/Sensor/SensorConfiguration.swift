// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Digest
public import Findings
internal import Glibc
internal import TOMLKit

/// What a configuration file says; the defaults where it says nothing.
public struct SensorConfiguration: Sendable {
  public var pipeline = PipelineSettings()

  public init() {}

  /// Reads a TOML file.
  ///
  /// Every value that cannot be used ends it, with the key and what would be valid: a sensor that
  /// runs with half of its configuration is worse than one that does not start.
  public static func load(_ path: String) throws(SensorFailure) -> SensorConfiguration {
    let text = try read(path)
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      let place = error.source.begin
      throw SensorFailure(
        .configurationInvalid, "\(path):\(place.line):\(place.column): \(error.description)")
    } catch {
      throw SensorFailure(.configurationInvalid, "\(path): \(error)")
    }
    var configuration = SensorConfiguration()
    for (key, value) in table {
      guard key == "analytics", let analytics = value.table else {
        throw SensorFailure(
          .configurationInvalid, "\(path): unknown key \(key); valid at the top: [analytics]")
      }
      try configuration.apply(analytics, from: path)
    }
    return configuration
  }

  /// Names the settings in force: equal for equal settings, whatever the file looks like.
  public var hash: String {
    let analytics = pipeline.analytics
    let lines =
      AnalyticSettings.tunables.map { tunable in
        "\(tunable.analytic.identifier).\(tunable.name)=\(analytics.value(of: tunable))"
      } + ["include_loopback=\(analytics.includeLoopback)"]
    return SHA256.hexadecimal(Array(lines.joined(separator: "\n").utf8), characters: 16)
  }

  private mutating func apply(_ analytics: TOMLTable, from path: String) throws(SensorFailure) {
    for (key, value) in analytics {
      if let table = value.table {
        try apply(table, of: key, from: path)
        continue
      }
      guard key == "include_loopback" else {
        throw SensorFailure(
          .configurationInvalid,
          "\(path): unknown key analytics.\(key); valid: include_loopback, "
            + Analytic.allCases.map { "[analytics.\($0.identifier)]" }.joined(separator: ", "))
      }
      guard let isIncluded = value.bool else {
        throw SensorFailure(
          .configurationInvalid, "\(path): analytics.include_loopback is true or false")
      }
      pipeline.analytics.includeLoopback = isIncluded
    }
  }

  private mutating func apply(
    _ tunables: TOMLTable, of analytic: String, from path: String
  ) throws(SensorFailure) {
    for (name, value) in tunables {
      let key = "analytics.\(analytic).\(name)"
      guard let number = value.double ?? value.int.map(Double.init) else {
        throw SensorFailure(.configurationInvalid, "\(path): \(key) is a number")
      }
      do throws(SettingError) {
        try pipeline.analytics.set(name, of: analytic, to: number)
      } catch {
        throw SensorFailure(.configurationInvalid, "\(path): \(Self.text(error, key))")
      }
    }
  }

  private static func text(_ error: SettingError, _ key: String) -> String {
    switch error {
    case .unknownAnalytic(let name):
      "unknown analytic \(name); valid: "
        + Analytic.allCases.map(\.identifier).joined(separator: ", ")
    case .unknownName(_, let analytic):
      "unknown key \(key); valid: "
        + AnalyticSettings.tunables
        .filter { [$0.analytic.slug, $0.analytic.identifier].contains(analytic) }
        .map(\.name).joined(separator: ", ")
    case .outOfRange(_, let value, let range, let isWhole):
      "\(key) = \(value) is out of range; valid: "
        + "\(isWhole ? "whole numbers " : "")from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  private static func read(_ path: String) throws(SensorFailure) -> String {
    guard let file = unsafe fopen(path, "re") else {
      let code = errno
      throw SensorFailure(
        code == ENOENT ? .fileMissing : .inputOutput, "\(path): \(systemText(code))")
    }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 20 {
      // SAFETY: fread writes at most `count` bytes into the array's storage.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe fread(buffer.baseAddress, 1, buffer.count, file)
      }
      guard count > 0 else {
        guard unsafe ferror(file) == 0 else {
          throw SensorFailure(.inputOutput, "\(path): cannot be read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw SensorFailure(.configurationInvalid, "\(path): is not UTF-8, as TOML must be")
        }
        return text
      }
      bytes.append(contentsOf: chunk[..<count])
    }
    throw SensorFailure(.configurationInvalid, "\(path): larger than 1 MiB")
  }
}

/// The C library's text for an errno value.
func systemText(_ code: Int32) -> String {
  // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
  unsafe String(cString: strerror(code))
}
