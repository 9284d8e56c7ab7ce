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
  /// The worse of a program and of the code that it interprets, a file as far as it is known.
  static func judge(
    _ program: CodeFile, _ code: InterpretedCode?, _ file: CodeFile?
  ) -> ProvenanceJudgement {
    switch code?.script {
    case .inline? where code?.named.contains(where: \.leadsToTemporaryDirectory) == true:
      return program.judgement.worse(
        ProvenanceJudgement(
          level: .volatile, reason: "code in a temporary directory", missing: []))
    case .inline?:
      return program.judgement.worse(
        ProvenanceJudgement(level: .userWritable, reason: "inline code", missing: []))
    case .file?, .module?, .mainClass?:
      return program.judgement.worse(
        file?.judgement
          ?? ProvenanceJudgement(
            level: .userWritable, reason: "code found by its interpreter",
            missing: ["script_path"]))
    // Parts of the executable, or no code at all.
    case .applet?, .job?, .unit?, nil:
      return program.judgement
    }
  }
}
