// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// A file whose code runs, with what its provenance is judged by.
struct CodeFile {
  enum Kind { case program, script }

  let kind: Kind
  /// Without the kernel's mark of a deleted file.
  let path: ByteString
  let facts: ExecutableFacts
  /// From the image's start to when the file's state was last told; nil where neither is known.
  let ranForNanoseconds: UInt64?

  /// A file deleted within ten minutes of its exec was meant to leave no trace.
  private static let hiddenWithinNanoseconds: UInt64 = 600_000_000_000

  /// An unknown fact never improves the level, and is named.
  var judgement: ProvenanceJudgement {
    if let volatileReason { return judged(.volatile, volatileReason) }
    if let verifiedReason { return judged(.verified, verifiedReason) }
    if let writableReason { return judged(.userWritable, writableReason) }
    var missing: [String] = []
    if facts.owner == nil { missing.append(kind == .script ? "script_owner" : "exe_owner") }
    if facts.mode == nil { missing.append(kind == .script ? "script_mode" : "exe_mode") }
    if facts.isDirectoryWritable == nil, !path.isInSystemDirectory {
      missing.append(kind == .script ? "script_dir_writable" : "dir_writable")
    }
    if missing.isEmpty { return judged(.administrator, "owned by root, no verified package") }
    // Older traces have no facts of scripts: there the directory must do.
    if kind == .script, path.isInSystemDirectory {
      return judged(.administrator, "in a system directory", missing)
    }
    return judged(.userWritable, "not known to be root's alone", missing)
  }

  private func judged(
    _ level: Provenance, _ reason: String, _ missing: [String] = []
  ) -> ProvenanceJudgement {
    ProvenanceJudgement(
      level: level, reason: kind == .script ? "script " + reason : reason, missing: missing)
  }

  private var volatileReason: String? {
    if facts.state == .memfd || path.isUnder("memfd:") || path.isUnder("/memfd:") {
      return "runs from memory"
    }
    if facts.state == .deleted, let ranForNanoseconds,
      ranForNanoseconds <= Self.hiddenWithinNanoseconds
    {
      return "deleted within 10 minutes of its start"
    }
    if path.leadsToTemporaryDirectory { return "in a temporary directory" }
    if facts.imageLayer == .upper { return "added to a running container" }
    if facts.package?.isEmpty == false, facts.isPackageVerified == false {
      return "altered since its package was installed"
    }
    return nil
  }

  private var verifiedReason: String? {
    // A script is looked up after its interpreter read it: where users can change a name on the
    // way, another file may stand there by now.
    guard kind == .program || facts.isDirectoryWritable == false else { return nil }
    if facts.package?.isEmpty == false, facts.isPackageVerified == true {
      return "verified package"
    }
    // Whoever makes a mount namespace can have a /snap of their own, but not as root.
    if PathText.snap(path) != nil, !PathText.goesUp(path), facts.owner == 0,
      (facts.mode ?? 0) & 0o022 == 0
    {
      return "snap"
    }
    if facts.imageLayer == .lower { return "container image" }
    switch facts.mount {
    case .readOnly: return "read-only mount"
    case .verity: return "verity mount"
    case .other, nil: return nil
    }
  }

  private var writableReason: String? {
    if path.isInHome || PathText.withoutLinks(path).isInHome { return "in a home directory" }
    if let owner = facts.owner, owner != 0 { return "owned by a user other than root" }
    if let mode = facts.mode, mode & 0o022 != 0 { return "writable by others than its owner" }
    if facts.isDirectoryWritable == true { return "in a directory users can write to" }
    return nil
  }
}

extension ByteString {
  /// Nobody but root can plant a file below these: the layout itself (FHS) is the fact.
  private static let systemDirectories: [StaticString] = [
    "/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/etc/", "/var/lib/dpkg/",
  ]
  private static let temporaryDirectories: [StaticString] = ["/tmp/", "/var/tmp/", "/dev/shm/"]
  private static let homes: [StaticString] = ["/home/", "/root/", "/run/user/"]

  var isInSystemDirectory: Bool {
    Self.systemDirectories.contains(where: isUnder) && !PathText.goesUp(self)
  }

  /// By its own words, or by where they lead.
  var leadsToTemporaryDirectory: Bool {
    isInTemporaryDirectory || PathText.withoutLinks(self).isInTemporaryDirectory
  }

  /// A place that users can write to by its name alone, or a program from memory.
  var isInWritablePlace: Bool {
    isInTemporaryDirectory || isInHome || isUnder("memfd:") || isUnder("/memfd:")
  }

  fileprivate var isInTemporaryDirectory: Bool {
    Self.temporaryDirectories.contains(where: isUnder)
  }

  fileprivate var isInHome: Bool { Self.homes.contains(where: isUnder) }

  fileprivate func isUnder(_ prefix: StaticString) -> Bool { PathText.isUnder(self, prefix) }
}
