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

  /// FNV-1a, 64 bits.
  static func executable(_ facts: ProcessFacts) -> UInt64? {
    guard let path = facts.executable else { return nil }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let image = facts.containerImage.map { PathText.untagged($0).bytes } ?? []
    for byte in PathText.existing(path).bytes + [0] + image {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return hash
  }
}
