// SPDX-License-Identifier: Apache-2.0

internal import Wire

extension ExecutableFacts {
  /// These facts with those of a later event over them; what that one leaves out stays.
  func updated(by later: ExecutableFacts) -> ExecutableFacts {
    var result = self
    result.device = later.device ?? device
    result.inode = later.inode ?? inode
    result.sha256 = later.sha256 ?? sha256
    result.owner = later.owner ?? owner
    result.mode = later.mode ?? mode
    result.modified = later.modified ?? modified
    result.state = later.state ?? state
    result.isDirectoryWritable = later.isDirectoryWritable ?? isDirectoryWritable
    result.mount = later.mount ?? mount
    result.package = later.package ?? package
    result.isPackageVerified = later.isPackageVerified ?? isPackageVerified
    result.imageLayer = later.imageLayer ?? imageLayer
    return result
  }
}

extension ContextEvent {
  /// The facts of both, at the time the file's state was first said to be what it is.
  ///
  /// A file deleted soon after its start does not become an old one by what is learned later.
  func updated(by later: ContextEvent) -> ContextEvent {
    let isStateNews = later.facts.state != nil && later.facts.state != facts.state
    return ContextEvent(
      time: isStateNews ? later.time : time, image: image, facts: facts.updated(by: later.facts))
  }
}
