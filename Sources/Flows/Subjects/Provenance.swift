// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// How far code can be trusted to be what the administrator installed; higher is worse.
public enum Provenance: UInt8, Comparable, Sendable {
  /// A verified package, a snap, an image's lower layer, a read-only or verity mount.
  case verified = 0
  /// Owned by root, writable by nobody else, not vouched for by a package.
  case administrator = 1
  /// Writable by a user other than root, from a home directory, or inline code.
  case userWritable = 2
  /// From memory, a temporary directory or a container's upper layer, deleted, or altered.
  case volatile = 3

  public static func < (left: Provenance, right: Provenance) -> Bool {
    left.rawValue < right.rawValue
  }

  /// `P0` to `P3`.
  public var word: String { "P\(rawValue)" }
}

/// A provenance with what decided it and what was not known.
public struct ProvenanceJudgement: Hashable, Sendable {
  public var level: Provenance
  /// What decided the level, as a few words.
  public var reason: String
  /// Facts that were not known; an unknown fact never improves the level.
  public var missing: [String]

  public init(level: Provenance, reason: String, missing: [String]) {
    self.level = level
    self.reason = reason
    self.missing = missing
  }

  /// The worse of the two, knowing what both lacked.
  func worse(_ other: ProvenanceJudgement) -> ProvenanceJudgement {
    var result = other.level > level ? other : self
    result.missing = missing + other.missing.filter { !missing.contains($0) }
    return result
  }
}

extension ProvenanceJudgement {
  /// Nobody but root can plant a file below these: the layout itself (FHS) is the fact.
  fileprivate static let systemDirectories: [StaticString] = [
    "/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/etc/", "/var/lib/dpkg/",
  ]
  fileprivate static let temporaryDirectories: [StaticString] = ["/tmp/", "/var/tmp/", "/dev/shm/"]
  fileprivate static let homes: [StaticString] = ["/home/", "/root/", "/run/user/"]

  /// A file deleted within ten minutes of its exec was meant to leave no trace.
  private static let hiddenWithinNanoseconds: UInt64 = 600_000_000_000

  static func judge(
    executable path: ByteString, file: ExecutableFacts, script: ScriptIdentity?,
    ranForNanoseconds: UInt64?
  ) -> ProvenanceJudgement {
    let program = judge(path, file, ranForNanoseconds: ranForNanoseconds)
    guard let script else { return program }
    return program.worse(judge(script))
  }

  private static func judge(
    _ path: ByteString, _ file: ExecutableFacts, ranForNanoseconds: UInt64?
  ) -> ProvenanceJudgement {
    if let reason = volatileReason(path, file, ranForNanoseconds) {
      return ProvenanceJudgement(level: .volatile, reason: reason, missing: [])
    }
    if let reason = verifiedReason(path, file) {
      return ProvenanceJudgement(level: .verified, reason: reason, missing: [])
    }
    if let reason = writableReason(path, file) {
      return ProvenanceJudgement(level: .userWritable, reason: reason, missing: [])
    }
    var missing: [String] = []
    if file.owner == nil { missing.append("exe_owner") }
    if file.mode == nil { missing.append("exe_mode") }
    if file.isDirectoryWritable == nil, !systemDirectories.contains(where: path.isUnder) {
      missing.append("dir_writable")
    }
    guard missing.isEmpty else {
      return ProvenanceJudgement(
        level: .userWritable, reason: "not known to be root's alone", missing: missing)
    }
    return ProvenanceJudgement(
      level: .administrator, reason: "owned by root, no verified package", missing: [])
  }

  private static func volatileReason(
    _ path: ByteString, _ file: ExecutableFacts, _ ranForNanoseconds: UInt64?
  ) -> String? {
    if file.state == .memfd || path.isUnder("memfd:") || path.isUnder("/memfd:") {
      return "runs from memory"
    }
    if file.state == .deleted, let ranForNanoseconds, ranForNanoseconds <= hiddenWithinNanoseconds {
      return "deleted within 10 minutes of its start"
    }
    if temporaryDirectories.contains(where: path.isUnder) { return "in a temporary directory" }
    if file.imageLayer == .upper { return "added to a running container" }
    if file.package?.isEmpty == false, file.isPackageVerified == false {
      return "altered since its package was installed"
    }
    return nil
  }

  private static func verifiedReason(_ path: ByteString, _ file: ExecutableFacts) -> String? {
    if file.package?.isEmpty == false, file.isPackageVerified == true { return "verified package" }
    // Whoever makes a mount namespace can have a /snap of their own, but not as root.
    if PathText.snap(path) != nil, file.owner == 0, (file.mode ?? 0) & 0o022 == 0 { return "snap" }
    if file.imageLayer == .lower { return "container image" }
    switch file.mount {
    case .readOnly: return "read-only mount"
    case .verity: return "verity mount"
    case .other, nil: return nil
    }
  }

  private static func writableReason(_ path: ByteString, _ file: ExecutableFacts) -> String? {
    if homes.contains(where: path.isUnder) { return "in a home directory" }
    if let owner = file.owner, owner != 0 { return "owned by a user other than root" }
    if let mode = file.mode, mode & 0o022 != 0 { return "writable by others than its owner" }
    if file.isDirectoryWritable == true { return "in a directory users can write to" }
    return nil
  }

  /// A script's package, owner and mode are in no event: its directory is all that is known of it.
  ///
  /// So a script is never P0. Where only root can plant files it is root's own, P1, and what was
  /// not known is named; elsewhere nobody vouches for it, P2.
  private static func judge(_ script: ScriptIdentity) -> ProvenanceJudgement {
    switch script {
    case .inline:
      return ProvenanceJudgement(level: .userWritable, reason: "inline code", missing: [])
    case .file(let path):
      if temporaryDirectories.contains(where: path.isUnder) {
        return ProvenanceJudgement(
          level: .volatile, reason: "script in a temporary directory", missing: [])
      }
      if homes.contains(where: path.isUnder) {
        return ProvenanceJudgement(
          level: .userWritable, reason: "script in a home directory", missing: [])
      }
      let missing = ["script_owner", "script_mode"]
      if systemDirectories.contains(where: path.isUnder) {
        return ProvenanceJudgement(
          level: .administrator, reason: "script in a system directory", missing: missing)
      }
      return ProvenanceJudgement(
        level: .userWritable, reason: "script not known to be root's alone", missing: missing)
    case .module, .mainClass:
      return ProvenanceJudgement(
        level: .userWritable, reason: "code found by its interpreter", missing: ["script_path"])
    case .applet, .job, .unit:
      return ProvenanceJudgement(level: .verified, reason: "part of its executable", missing: [])
    }
  }
}

extension ByteString {
  /// Nobody but root can plant a file there.
  var isInSystemDirectory: Bool { ProvenanceJudgement.systemDirectories.contains(where: isUnder) }

  /// A place that users can write to by its name alone, or a program from memory.
  var isInWritablePlace: Bool {
    ProvenanceJudgement.temporaryDirectories.contains(where: isUnder)
      || ProvenanceJudgement.homes.contains(where: isUnder) || isUnder("memfd:")
      || isUnder("/memfd:")
  }

  fileprivate func isUnder(_ prefix: StaticString) -> Bool { PathText.isUnder(self, prefix) }
}
