// SPDX-License-Identifier: Apache-2.0

public import Findings
internal import Glibc

/// Findings out of a file: lines of the flat form, or a trace or Zeek log that is replayed; or out of
/// a state directory.
public enum FindingSource {
  /// Findings of one file that are told apart.
  static let limit = 200_000
  static let fileLimitBytes = 1 << 30

  /// Every finding as it stands last in the file, worst first where the file is a trace.
  ///
  /// - Returns: what the reader of a trace warns of besides.
  public static func load(
    _ path: String, configuration: SensorConfiguration, isLenient: Bool = false
  ) throws(SensorFailure) -> (findings: [FlatFinding], warnings: [String]) {
    if isDirectory(path) { return (try StateTools.findings(path), []) }
    guard try isFindings(path) else {
      let result = try Replay.run(path, configuration: configuration, isLenient: isLenient)
      return (result.findings.compactMap { FlatFinding($0) }, result.warnings)
    }
    return (try lines(path, isLenient: isLenient), [])
  }

  /// The finding of an id.
  public static func find(
    _ id: String, in path: String, configuration: SensorConfiguration, isLenient: Bool = false
  ) throws(SensorFailure) -> (finding: FlatFinding, warnings: [String]) {
    let (findings, warnings) = try load(path, configuration: configuration, isLenient: isLenient)
    if let finding = findings.first(where: { $0.id == id }) { return (finding, warnings) }
    let known = findings.prefix(10).map(\.id).joined(separator: ", ")
    let more = findings.count > 10 ? " and \(findings.count - 10) more" : ""
    throw SensorFailure(
      .usage, "no finding \(id) in \(path); it has: \(known.isEmpty ? "none" : known + more)")
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    // SAFETY: the text lives for the call, and the kernel fills one `stat`.
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func isFindings(_ path: String) throws(SensorFailure) -> Bool {
    let beginning = try TextFile.bytes(path, upTo: 1 << 16)
    let line = beginning.prefix { $0 != UInt8(ascii: "\n") }
    return String(decoding: line, as: UTF8.self).contains("\"schema\":\"halfwire.finding/")
  }

  private static func lines(
    _ path: String, isLenient: Bool
  ) throws(SensorFailure) -> [FlatFinding] {
    let bytes = try TextFile.bytes(path, upTo: fileLimitBytes)
    var findings: [FlatFinding] = []
    var places: [String: Int] = [:]
    for (index, line) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    )
    .enumerated() where !line.isEmpty {
      guard let finding = FlatFinding(line: Array(line)) else {
        if isLenient { continue }
        throw SensorFailure(
          .malformedTrace, "\(path): line \(index + 1): no finding of schema \(Finding.schema)")
      }
      if let place = places[finding.id] {
        findings[place] = finding
      } else if findings.count < limit {
        places[finding.id] = findings.count
        findings.append(finding)
      }
    }
    return findings
  }
}
