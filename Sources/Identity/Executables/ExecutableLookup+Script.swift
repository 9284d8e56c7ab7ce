// SPDX-License-Identifier: Apache-2.0

public import Wire

extension ExecutableLookup {
  /// What lies at the script's path, as the process sees it.
  ///
  /// Only while the process runs. Of this file the kernel told nothing at exec, so afterwards
  /// nobody knows whether the host's path leads to what ran: the process may have had files of
  /// its own in a mount namespace.
  public mutating func scriptFacts(for question: IdentityQuestion) -> ExecutableFacts? {
    guard let path = question.script else { return nil }
    let process = question.image.process
    // The root is the process's own only if it ran before and after it was taken.
    guard ProcessLookup.isRunning(process),
      let foreign = MountTable.devicesOnFUSE(of: process)
    else { return nil }
    var walk = PathWalk(
      to: path, below: ByteString("/proc/\(process.pid)/root"), foreign: foreign)
    guard ProcessLookup.isRunning(process) else { return nil }
    guard let file = walk.file.take() else {
      // A process that changed its root may have read it where the host has it.
      guard question.isScriptExact, walk.isMissing, FileStatus(path: path) == nil else {
        return nil
      }
      var facts = ExecutableFacts()
      facts.state = .deleted
      return facts
    }
    guard let status = file.status, status.isRegular else { return nil }
    var facts = ExecutableFacts(status)
    facts.state = .present
    facts.isDirectoryWritable = walk.isWritable
    learnContent(of: file, status, at: walk.path, &facts)
    return facts
  }
}
