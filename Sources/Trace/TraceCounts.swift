// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What was read of a trace so far.
public struct TraceCounts: Hashable, Sendable {
  private var byKind = [UInt64](repeating: 0, count: EventKind.allCases.count)
  /// Events of every known kind.
  public private(set) var events: UInt64 = 0
  /// Lines whose `e` this version does not know.
  public private(set) var unknownLines: UInt64 = 0
  /// The first 16 such names with their counts; the rest count in `unknownLines` only.
  public private(set) var unknownKinds: [ByteString: UInt64] = [:]
  /// The sum of the `lost` events' records.
  public private(set) var lostRecords: UInt64 = 0
  /// Events more than 3 s behind the newest: used, but late.
  public private(set) var lateEvents: UInt64 = 0
  /// Lines that a lenient reader passed over.
  public internal(set) var skippedLines: UInt64 = 0
  /// Blocks of which a lenient reader passed over all or the rest.
  public internal(set) var skippedBlocks: UInt64 = 0
  /// Records in those, as far as the blocks' headers told.
  public internal(set) var skippedRecords: UInt64 = 0
  public private(set) var firstTime: KernelInstant?
  /// Event time: the latest seen.
  public private(set) var lastTime: KernelInstant?

  static let lateNanoseconds: UInt64 = 3_000_000_000

  public init() {}

  public subscript(_ kind: EventKind) -> UInt64 { byKind[kind.index] }

  /// Whether a lenient reader passed over anything.
  public var hasSkipped: Bool { skippedLines > 0 || skippedBlocks > 0 }

  mutating func add(_ event: Event) {
    add(event.kind, at: event.time)
    if case .lost(let event) = event { lostRecords = lostRecords &+ event.records }
  }

  mutating func add(_ burst: BurstEvent) {
    add(.burst, at: burst.last)
  }

  private mutating func add(_ kind: EventKind, at time: KernelInstant) {
    events += 1
    byKind[kind.index] += 1
    if let lastTime {
      if time > lastTime {
        self.lastTime = time
      } else if lastTime.nanoseconds(since: time) > Self.lateNanoseconds {
        lateEvents += 1
      }
    } else {
      firstTime = time
      lastTime = time
    }
  }

  mutating func addUnknown(_ name: ByteString) {
    unknownLines += 1
    if unknownKinds[name] != nil || unknownKinds.count < 16, name.bytes.count <= 64 {
      unknownKinds[name, default: 0] += 1
    }
  }
}
