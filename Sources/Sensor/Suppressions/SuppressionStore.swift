// SPDX-License-Identifier: Apache-2.0

public import Findings
internal import Glibc

/// The suppressions of a state directory and of declared files.
///
/// `allow add` and `allow remove` keep DIR/suppressions.toml. Files below DIR/allow.d belong to
/// configuration management and are only read.
public struct SuppressionStore: Sendable {
  /// A rule with the file it stands in.
  public struct Entry: Sendable {
    public let rule: SuppressionRule
    /// File, line and column.
    public let place: String
    public let file: String
  }

  static let ownFile = "suppressions.toml"
  static let hitsFile = "suppression-hits"
  /// Held while the file is read and written: the sensor itself locks the directory.
  private static let lockFile = ".suppressions.lock"

  public private(set) var entries: [Entry] = []

  public init() {}

  /// What the pipeline takes.
  public var suppressions: Suppressions { Suppressions(rules: entries.map(\.rule)) }

  /// Reads files, and of directories every `*.toml` in them and in their `allow.d`.
  ///
  /// Throws for the first file that cannot be used, with line and column: a suppression that is
  /// silently left out is an alarm, but one that is misread hides one.
  public static func load(_ paths: [String]) throws(SensorFailure) -> SuppressionStore {
    try load(paths, from: nil)
  }

  /// What the sensor of a state directory takes, for whoever keeps its rules:
  /// nothing is hidden from the caller by it.
  public static func load(kept state: String) throws(SensorFailure) -> SuppressionStore {
    try load([state], from: FileOwner.ofState(state))
  }

  private static func load(
    _ paths: [String], from owner: UInt32?
  ) throws(SensorFailure) -> SuppressionStore {
    var store = SuppressionStore()
    for path in paths {
      for file in try files(path) { try store.read(file, from: owner) }
    }
    return store
  }

  /// The same for a state directory, which need not be there yet, and what is named besides.
  public static func load(
    state: String?, allow: [String]
  ) throws(SensorFailure) -> SuppressionStore {
    guard let state, unsafe access(state, F_OK) == 0 else { return try load(allow) }
    return try load([state] + allow)
  }

  private mutating func read(_ file: String, from owner: UInt32?) throws(SensorFailure) {
    let reader = SuppressionReader(
      try TOMLDocument(TextFile.readTrusted(file, from: owner), name: file))
    if let problem = reader.problems.first {
      let more = reader.problems.count - 1
      throw SensorFailure(
        .configurationInvalid, problem + (more == 0 ? "" : " (and \(more) more)"))
    }
    for (rule, place) in zip(reader.rules, reader.places) {
      entries.append(Entry(rule: rule, place: place, file: file))
    }
    guard entries.count <= Suppressions.limit else {
      throw SensorFailure(
        .configurationInvalid, "\(file): more than \(Suppressions.limit) suppressions in all")
    }
  }

  private static func files(_ path: String) throws(SensorFailure) -> [String] {
    guard let own = try tables(in: path) else { return [path] }
    return own + (try tables(in: "\(path)/allow.d", isOptional: true) ?? [])
  }

  /// The `*.toml` of a directory in the order of their bytes, hidden ones left out; nil for what is
  /// no directory.
  private static func tables(
    in directory: String, isOptional: Bool = false
  ) throws(SensorFailure) -> [String]? {
    guard let stream = unsafe opendir(directory) else {
      let code = errno
      if code == ENOTDIR || (isOptional && code == ENOENT) { return nil }
      throw SensorFailure(
        code == ENOENT ? .fileMissing : .inputOutput, "\(directory): \(systemText(code))")
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // SAFETY: the name is terminated by a zero within the entry, which lives until the next call.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix("."), name.hasSuffix(".toml") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { "\(directory)/\($0)" }
  }

  // MARK: Changing a state directory

  /// Adds a rule to a state directory; one that takes the same is replaced.
  ///
  /// - Returns: the rule that was replaced.
  public static func add(
    _ rule: SuppressionRule, to state: String
  ) throws(SensorFailure) -> SuppressionRule? {
    try AtomicFile.makeDirectory(state)
    return try FileLock.holding("\(state)/\(lockFile)") { () throws(SensorFailure) in
      var rules = try own(state)
      let before = rules.firstIndex { $0.id == rule.id }
      let replaced = before.map { rules[$0] }
      if let before { rules[before] = rule } else { rules.append(rule) }
      guard rules.count <= Suppressions.limit else {
        throw SensorFailure(.configurationInvalid, "more than \(Suppressions.limit) suppressions")
      }
      try write(rules, state)
      return replaced
    }
  }

  /// Removes a rule from a state directory by its id.
  public static func remove(
    _ id: String, from state: String
  ) throws(SensorFailure) -> SuppressionRule {
    guard unsafe access(state, F_OK) == 0 else {
      throw SensorFailure(.fileMissing, "\(state): \(systemText(errno))")
    }
    return try FileLock.holding("\(state)/\(lockFile)") { () throws(SensorFailure) in
      var rules = try own(state)
      guard let index = rules.firstIndex(where: { $0.id == id }) else {
        throw try missing(id, rules, state)
      }
      let removed = rules.remove(at: index)
      try write(rules, state)
      return removed
    }
  }

  /// Why a rule cannot be removed: it is declared elsewhere, or not there.
  private static func missing(
    _ id: String, _ rules: [SuppressionRule], _ state: String
  ) throws(SensorFailure) -> SensorFailure {
    if let declared = try load(kept: state).entries.first(where: { $0.rule.id == id }) {
      return SensorFailure(.usage, "\(id) is declared in \(declared.place): remove it there")
    }
    let known = rules.map(\.id).joined(separator: ", ")
    return SensorFailure(
      .usage, "no suppression \(id) in \(state); it has: \(known.isEmpty ? "none" : known)")
  }

  private static func own(_ state: String) throws(SensorFailure) -> [SuppressionRule] {
    let path = "\(state)/\(ownFile)"
    guard unsafe access(path, F_OK) == 0 else { return [] }
    return try load([path], from: FileOwner.ofState(state)).entries.map(\.rule)
  }

  private static func write(_ rules: [SuppressionRule], _ state: String) throws(SensorFailure) {
    let head = "# Kept by `halfwire allow`; what is declared by hand belongs into allow.d/*.toml.\n"
    let tables = rules.map { "\n" + $0.toml }.joined()
    try AtomicFile.write(head + tables, to: "\(state)/\(ownFile)")
  }
}
