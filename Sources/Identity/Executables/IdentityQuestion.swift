// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What is asked about a process image, with all that is already known of its files.
///
/// Plain values, so that question and answer can cross to another process.
public struct IdentityQuestion: Hashable, Sendable {
  public var image: ImageKey
  /// The executable as the kernel named it at exec; nil where it did not.
  public var path: ByteString?
  public var device: UInt64?
  public var inode: UInt64?
  /// Unix nanoseconds.
  public var modified: Int64?
  /// When the image began, in Unix nanoseconds; nil where the exec was not seen.
  public var began: Int64?
  /// Where its code lies, absolute paths as the process sees them: a script, or a class path.
  public var scripts: [ByteString] = []
  /// There is one, and where nothing is at its path, it was removed.
  public var isScriptExact = false

  public init(image: ImageKey) {
    self.image = image
  }
}

/// What is known of an image's files by now; facts that could not be had are nil.
public struct IdentityAnswer: Hashable, Sendable {
  public let image: ImageKey
  public let facts: ExecutableFacts
  public let script: ExecutableFacts?
}

/// Looks up what the kernel does not tell; slow, and never called by the thread of the events.
public protocol IdentityLookup: Sendable {
  /// Nil when nothing can be said: the process is gone and its file cannot be told for certain.
  mutating func facts(for question: IdentityQuestion) -> ExecutableFacts?
  /// Of several files those of the one that is trusted least; nil when there is none, or nothing
  /// can be said for certain.
  mutating func scriptFacts(for question: IdentityQuestion) -> ExecutableFacts?
  /// Files that were too large, or too many in a minute, to be read.
  var refusedFiles: UInt64 { get }
}
