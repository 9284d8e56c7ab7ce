// SPDX-License-Identifier: Apache-2.0

extension ProcessFacts {
  /// The kernel side copies 2,048 bytes of arguments, and these fill them: more may have followed.
  public var areArgumentsCut: Bool {
    // The last one may have lost its NUL.
    argumentBytes == 2_048 || argumentBytes == 2_049
  }

  /// As much as the kernel side copies at most.
  private static let cutBytes = 2_048

  /// Bytes of all arguments, each with its NUL.
  private var argumentBytes: Int { packedArguments.map { $0.byteCount + $0.count } ?? 0 }

  /// What the arguments take beyond what the kernel side copies, in bytes; 0 of most.
  public var argumentBytesBeyondCut: Int { max(argumentBytes - Self.cutBytes - 1, 0) }

  /// The arguments as the kernel side would have cut them.
  public mutating func cutArguments() {
    guard argumentBytesBeyondCut > 0, let arguments else { return }
    var rest = Self.cutBytes
    var kept: [ByteString] = []
    for argument in arguments where rest > 0 {
      kept.append(ByteString(argument.bytes.prefix(rest)))
      rest -= argument.bytes.count + 1
    }
    self.arguments = kept
  }
}

/// What a standard stream is connected to.
public enum StandardStream: Hashable, Sendable {
  case pipe(inode: UInt64)
  case tty, file, socket, null
}

/// A process image is known.
///
/// Every fact but the identity may be unknown (nil).
public final class ProcessEvent: Sendable {
  public let time: KernelInstant
  public let image: ImageKey
  public let facts: ProcessFacts

  public init(time: KernelInstant, image: ImageKey, facts: ProcessFacts) {
    self.time = time
    self.image = image
    self.facts = facts
  }
}

/// What is known of a process image from its start.
public struct ProcessFacts: Hashable, Sendable {
  public var parent: ProcessKey?
  public var uid: UInt32?
  public var command: ByteString?
  public var executable: ByteString?
  var packedArguments: PackedStrings?
  /// Running when first seen: no exec was watched.
  public var wasFound: Bool?
  public var workingDirectory: ByteString?
  public var script: ByteString?
  public var processGroup: UInt32?
  public var session: UInt32?
  public var loginUID: UInt32?
  public var tty: ByteString?
  public var standardInput: StandardStream?
  public var standardOutput: StandardStream?
  public var cgroup: ByteString?
  public var unit: ByteString?
  public var container: ByteString?
  public var containerImage: ByteString?
  public var pod: ByteString?

  public init() {}

  /// Made anew at every look: they are held in one piece.
  public var arguments: [ByteString]? {
    get { packedArguments?.strings }
    set { packedArguments = newValue.map(PackedStrings.init) }
  }
}

/// What became of the file a process image runs from; the raw value is trace.md's word.
public enum ExecutableState: String, CaseIterable, Sendable {
  case present, replaced, deleted, memfd
}

/// The kind of mount an executable lies on; the raw value is trace.md's word.
public enum MountKind: String, CaseIterable, Sendable {
  case readOnly = "read-only"
  case verity, other
}

/// The container layer an executable comes from; the raw value is trace.md's word.
public enum ImageLayer: String, CaseIterable, Sendable {
  case lower, upper
}

/// Facts about a process image that became known later; nil is "not in this event".
public final class ContextEvent: Sendable {
  public let time: KernelInstant
  public let image: ImageKey
  /// Of the executable.
  public let facts: ExecutableFacts
  /// Of the script that an interpreter was given.
  public let script: ExecutableFacts?

  public init(
    time: KernelInstant, image: ImageKey, facts: ExecutableFacts, script: ExecutableFacts? = nil
  ) {
    self.time = time
    self.image = image
    self.facts = facts
    self.script = script
  }
}

/// What is known of a file that a process image executes: its program, or its script.
public struct ExecutableFacts: Hashable, Sendable {
  public var device: UInt64?
  public var inode: UInt64?
  /// Lower-case hex.
  public var sha256: String?
  public var owner: UInt32?
  /// `st_mode`.
  public var mode: UInt32?
  /// Unix nanoseconds.
  public var modified: Int64?
  public var state: ExecutableState?
  /// Some parent directory is writable by a user other than root.
  public var isDirectoryWritable: Bool?
  public var mount: MountKind?
  /// The owning package; empty when none owns the file.
  public var package: ByteString?
  public var isPackageVerified: Bool?
  public var imageLayer: ImageLayer?

  public init() {}
}

/// What the live baseline knew of a subject when it first mattered.
public final class BaselineEvent: Sendable {
  public struct Destination: Hashable, Sendable {
    public var address: ByteString
    public var port: UInt16
    /// Unix seconds.
    public var firstSeen: Int64?
    public var activeDays: UInt64?
    public var subjects: UInt64?

    public init(
      address: ByteString, port: UInt16, firstSeen: Int64?, activeDays: UInt64?, subjects: UInt64?
    ) {
      self.address = address
      self.port = port
      self.firstSeen = firstSeen
      self.activeDays = activeDays
      self.subjects = subjects
    }
  }

  public struct Facts: Hashable, Sendable {
    public var subject: ByteString
    /// Unix seconds.
    public var firstSeen: Int64?
    public var activeDays: UInt64?
    public var isNetworkFacing: Bool?
    public var isParentEdgeKnown: Bool?
    /// Bytes per 5 minutes.
    public var sentP99: UInt64?
    public var protocols: [ByteString]?
    public var destinations: [Destination]?
    /// The same and more without loss, in the sensor's own versioned form: for exact replays.
    public var rows: ByteString?

    public init(subject: ByteString) {
      self.subject = subject
    }
  }

  public let time: KernelInstant
  public let facts: Facts

  public init(time: KernelInstant, facts: Facts) {
    self.time = time
    self.facts = facts
  }
}

/// A thread group was created; it runs its parent's image until its own `process` event.
public struct ForkEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var child: ProcessKey
  public var parent: ProcessKey

  public init(time: KernelInstant, child: ProcessKey, parent: ProcessKey) {
    self.time = time
    self.child = child
    self.parent = parent
  }
}

/// A thread group ended.
public struct ExitEvent: Hashable, Sendable {
  public var time: KernelInstant
  public var process: ProcessKey

  public init(time: KernelInstant, process: ProcessKey) {
    self.time = time
    self.process = process
  }
}
