// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Owner and package of executables, remembered beyond the processes that ran them.
///
/// Such facts often arrive after a process's first connect. Without this memory every short-lived
/// process would begin as a subject of unknown owner. It serves identity only: provenance is
/// judged by what is known of the process at hand. A file of another owner is another file: whoever
/// has a mount namespace can put one of their own at a package's path.
struct KnownExecutables {
  struct Name: Hashable {
    let path: ByteString
    let containerImage: ByteString?
  }

  private struct Facts {
    var owner: UInt32?
    var package: ByteString?

    /// Whether it is a package's file, and what is told is of one that somebody else owns.
    func isOther(than told: ExecutableFacts?) -> Bool {
      guard let told, let theirs = told.owner, let owner, package?.isEmpty == false else {
        return false
      }
      return told.package == nil && theirs != owner
    }
  }

  private(set) var slots: FairSlots<Name, UInt8>
  private var facts: [Facts] = []

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  /// The identity of an executable by the image's own facts, filled up from memory.
  func identity(of name: Name, _ own: ExecutableFacts?) -> ExecutableIdentity {
    var known = slots.slot(of: name).map { facts[$0] }
    if known?.isOther(than: own) == true { known = nil }
    return ExecutableIdentity(
      path: name.path, containerImage: name.containerImage,
      owner: own?.owner ?? known?.owner, package: own?.package ?? known?.package)
  }

  /// Remembers facts; returns the identity before and after where it grew out of a provisional one.
  mutating func learn(
    _ name: Name, _ own: ExecutableFacts
  ) -> (from: ExecutableIdentity, to: ExecutableIdentity)? {
    guard own.owner != nil || own.package != nil else { return nil }
    let before = identity(of: name, nil)
    if let slot = slots.slot(of: name) {
      guard !facts[slot].isOther(than: own) else { return nil }
      facts[slot].owner = own.owner ?? facts[slot].owner
      facts[slot].package = own.package ?? facts[slot].package
    } else {
      let place = slots.insert(name, owner: 0)
      let learned = Facts(owner: own.owner, package: own.package)
      if place.slot == facts.count {
        facts.append(learned)
      } else {
        facts[place.slot] = learned
      }
    }
    let after = identity(of: name, nil)
    guard before != after, before.isProvisional else { return nil }
    // A known owner that turns into another is another file, not the same one better known.
    if case .owner(_?) = before.origin, case .owner = after.origin { return nil }
    return (before, after)
  }
}
