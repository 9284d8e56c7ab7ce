// SPDX-License-Identifier: Apache-2.0

public import Wire

extension ExecutableLookup {
  private enum Code {
    case file(ExecutableFacts)
    case missing
    /// A directory, or what cannot be followed.
    case unknown
  }

  /// What lies at the paths of a process's code, as the process sees them.
  ///
  /// Only while the process runs. Of these files the kernel told nothing at exec, so afterwards
  /// nobody knows whether the host's path leads to what ran: the process may have had files of
  /// its own in a mount namespace.
  public mutating func scriptFacts(for question: IdentityQuestion) -> ExecutableFacts? {
    let process = question.image.process
    // The root is the process's own only if it ran before and after it was taken.
    guard !question.scripts.isEmpty, ProcessLookup.isRunning(process),
      var view = ProcessView(of: process)
    else { return nil }
    defer { forgetMounts() }
    var least: ExecutableFacts?
    for path in question.scripts {
      switch code(at: path, in: &view) {
      case .file(let facts):
        if least.map({ facts.distrust > $0.distrust }) ?? true { least = facts }
      case .missing where question.isScriptExact:
        // A process that changed its root may have read it where the host has it.
        guard FileStatus(path: path) == nil else { return nil }
        least = ExecutableFacts()
        least?.state = .deleted
      // Java leaves out what is not there.
      case .missing: break
      case .unknown: return nil
      }
    }
    return ProcessLookup.isRunning(process) ? least : nil
  }

  private mutating func code(at path: ByteString, in view: inout ProcessView) -> Code {
    var walk = PathWalk(to: path, in: &view)
    guard let file = walk.file.take() else {
      if walk.isMissing { return .missing }
      guard walk.isStopped, walk.isWritable else { return .unknown }
      // Nobody knows what is there, but that a user can choose it.
      var facts = ExecutableFacts()
      facts.isDirectoryWritable = true
      return .file(facts)
    }
    guard let status = file.status, status.isRegular else { return .unknown }
    var facts = ExecutableFacts(status)
    facts.state = .present
    // Who made the namespace can mount any file of the host's over this one, or could have.
    facts.isDirectoryWritable = walk.isWritable || !view.hasHostMounts
    learnContent(of: file, status, at: walk.path, mayBeHosts: view.hasHostMounts, &facts)
    return .file(facts)
  }
}

extension ExecutableFacts {
  /// In the order of provenance: altered, writable by users, root's own, verified.
  fileprivate var distrust: Int {
    if isPackageVerified == false, package?.isEmpty == false { return 3 }
    if owner != 0 || (mode ?? 0) & 0o022 != 0 || isDirectoryWritable == true { return 2 }
    return isPackageVerified == true ? 0 : 1
  }
}
