// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// What an acting image has in common with others; worked out once an image.
public struct ActorTraits: Hashable, BitwiseCopyable, Sendable {
  /// The executable's path and container image as a number, the same in every run; nil where no
  /// path is known.
  public var executable: UInt64?
  /// For code that nobody vouches for (P2, P3): its unit or user, for those that run the same
  /// under many names.
  public var group: SubjectID?

  public init(executable: UInt64? = nil, group: SubjectID? = nil) {
    self.executable = executable
    self.group = group
  }

  static func executable(_ facts: ProcessFacts) -> UInt64? {
    guard let path = facts.executable else { return nil }
    let image = facts.containerImage.map { PathText.untagged($0).bytes } ?? []
    return StableHash.of(PathText.existing(path).bytes + [0] + image)
  }
}
