// SPDX-License-Identifier: Apache-2.0

internal import Findings
internal import Glibc

/// Replays a directory of recorded traces whose truth is known: those under `malicious` must fire,
/// those under `benign` must not.
public enum TraceVerdicts {
  /// What a trace's name ends in; other files are left alone, but for expectations.
  static let endings = [".trace", ".trace.zst", ".jsonl", ".jsonl.zst"]

  /// Replays every trace, in the order of their names, and hands over each verdict as it comes.
  ///
  /// `configuration` holds where a trace's expectation names no other. Throws where a trace, an
  /// expectation or what it names cannot be read, and where there is no trace at all.
  public static func judge(
    _ directory: String, configuration: SensorConfiguration, each: (TraceVerdict) throws -> Void
  ) throws {
    for (kind, name, ending) in try traces(directory) {
      let path = "\(directory)/\(name)"
      let verdict = try verdict(
        kind, name, path, String(path.dropLast(ending.count)) + ".toml", configuration)
      try each(verdict)
    }
  }

  private static func verdict(
    _ kind: TraceVerdict.Kind, _ name: String, _ path: String, _ expectationPath: String,
    _ configuration: SensorConfiguration
  ) throws(SensorFailure) -> TraceVerdict {
    var configuration = configuration
    var expectation = TraceExpectation()
    if isThere(expectationPath) {
      expectation = try TraceExpectation(
        try TextFile.read(expectationPath), name: expectationPath)
    }
    let beside = String(expectationPath[...(expectationPath.lastIndex(of: "/") ?? path.startIndex)])
    if let file = expectation.configuration { configuration = try .load(beside + file) }
    configuration.pipeline.includeExplained = true
    let result = try Replay.run(
      path, configuration: configuration, isLenient: false,
      baseline: expectation.baseline.map { beside + $0 })
    return TraceVerdict(
      kind: kind, name: name, findings: result.findings, expectation: expectation)
  }

  /// Kind, path below the directory and ending of every trace.
  private static func traces(
    _ directory: String
  ) throws(SensorFailure) -> [(kind: TraceVerdict.Kind, name: String, ending: String)] {
    var found: [(kind: TraceVerdict.Kind, name: String, ending: String)] = []
    _ = try names(directory)
    for kind in TraceVerdict.Kind.allCases {
      let below = "\(directory)/\(kind.rawValue)"
      guard isThere(below) else { continue }
      let files = try names(below)
      var stems: Set<String> = []
      for file in files {
        // ".trace" does not end a name that ends in ".trace.zst", so at most one fits.
        guard let ending = endings.first(where: { file.hasSuffix($0) }) else { continue }
        let stem = String(file.dropLast(ending.count))
        guard stems.insert(stem).inserted else {
          throw SensorFailure(.usage, "\(below)/\(stem): more than one trace of this name")
        }
        found.append((kind, "\(kind.rawValue)/\(file)", ending))
      }
      for file in files where file.hasSuffix(".toml") && !stems.contains(String(file.dropLast(5))) {
        // Configurations may stand beside the traces; an expectation without its trace may not.
        if try isExpectation("\(below)/\(file)") {
          throw SensorFailure(.fileMissing, "\(below)/\(file): an expectation without its trace")
        }
      }
    }
    guard !found.isEmpty else {
      throw SensorFailure(
        .fileMissing,
        "\(directory): no trace under malicious or benign; names end in "
          + endings.joined(separator: ", "))
    }
    return found
  }

  private static func isExpectation(_ path: String) throws(SensorFailure) -> Bool {
    try TOMLDocument(try TextFile.read(path), name: path).entries
      .contains { TraceExpectation.keys.contains($0.key) }
  }

  private static func isThere(_ path: String) -> Bool {
    // SAFETY: access reads the path, which ends with a NUL.
    unsafe access(path, F_OK) == 0
  }

  /// Names in a directory, sorted, without those that begin with a dot.
  private static func names(_ directory: String) throws(SensorFailure) -> [String] {
    // SAFETY: opendir copies the path; the stream is closed exactly once, below.
    guard let stream = unsafe opendir(directory) else {
      let code = errno
      throw SensorFailure(
        code == ENOENT ? .fileMissing : .inputOutput, "\(directory): \(systemText(code))")
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    // SAFETY: readdir's entry is valid until the next call; its name ends with a NUL.
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { start in
          unsafe String(cString: start)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
