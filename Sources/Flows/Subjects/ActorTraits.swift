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
  /// That unit or user as a number, the same in every run.
  public var groupNumber: UInt64?

  public init(executable: UInt64? = nil, group: SubjectID? = nil, groupNumber: UInt64? = nil) {
    self.executable = executable
    self.group = group
    self.groupNumber = groupNumber
  }

  static func executable(_ facts: ProcessFacts) -> UInt64? {
    guard let path = facts.executable else { return nil }
    let image = facts.containerImage.map { PathText.untagged($0).bytes } ?? []
    return StableHash.of(PathText.existing(path).bytes + [0] + image)
  }

  static func group(_ subject: Subject) -> UInt64 { StableHash.of(Array("\(subject)".utf8)) }
}
