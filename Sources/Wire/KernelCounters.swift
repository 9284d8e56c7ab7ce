// SPDX-License-Identifier: Apache-2.0

internal import CWire

/// What the kernel side counts, of one CPU or summed: `halfwire_counters`.
public struct KernelCounters: Hashable, Sendable {
  /// Records the hooks wanted to send, by kind; index with `RecordKind.rawValue`.
  public private(set) var attempted = [UInt64](repeating: 0, count: kinds)
  /// Records the ring had no room for, by kind.
  public private(set) var lost = [UInt64](repeating: 0, count: kinds)
  /// How often a slot began to owe a record.
  public private(set) var burstsOpened: UInt64 = 0
  /// Slots that a sweep met and left owing a record: too young, or no room in the ring.
  public private(set) var burstsLeftOpen: UInt64 = 0
  /// Sockets that got no state: unseen, not wrong.
  public private(set) var storageFailed: UInt64 = 0
  /// The sensor's own operations.
  public private(set) var excludedOperations: UInt64 = 0
  /// Sockets from before the sensor that were met at their first use only.
  public private(set) var adoptedInUse: UInt64 = 0
  /// Sockets from before that were found and not yet told, for want of room in the ring.
  public private(set) var adoptionsWaiting: UInt64 = 0
  /// Bursts that a sweep found silent and did not tell, for want of room in the ring.
  public private(set) var burstsWaiting: UInt64 = 0

  private static let kinds = Int(HALFWIRE_RING_KINDS)

  /// The size of one CPU's counters.
  public static let sizeBytes = MemoryLayout<halfwire_counters>.size

  /// Zero everywhere: where a sum begins.
  public init() {}

  /// Reads one CPU's counters, which fill `bytes`.
  public init(_ bytes: RawSpan) throws(DecodingError) {
    guard bytes.byteCount == Self.sizeBytes else {
      throw .lengthMismatch(stated: Self.sizeBytes, available: bytes.byteCount)
    }
    func number(_ index: Int) -> UInt64 {
      // SAFETY: the size was checked, and every index below is within its 39 numbers.
      unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
    for kind in 0..<Self.kinds {
      attempted[kind] = number(kind)
      lost[kind] = number(Self.kinds + kind)
    }
    let named = 2 * Self.kinds
    burstsOpened = number(named)
    burstsLeftOpen = number(named + 1)
    storageFailed = number(named + 2)
    excludedOperations = number(named + 3)
    adoptedInUse = number(named + 4)
    adoptionsWaiting = number(named + 5)
    burstsWaiting = number(named + 6)
  }

  /// Reads one CPU's counters, which fill `bytes`.
  public init(_ bytes: Span<UInt8>) throws(DecodingError) {
    // SAFETY: bytes have no invalid representation.
    try self.init(unsafe bytes.bytes)
  }

  /// Adds another CPU's counters; sums wrap as the kernel's own counters do.
  public mutating func add(_ other: KernelCounters) {
    for kind in 0..<Self.kinds {
      attempted[kind] &+= other.attempted[kind]
      lost[kind] &+= other.lost[kind]
    }
    burstsOpened &+= other.burstsOpened
    burstsLeftOpen &+= other.burstsLeftOpen
    storageFailed &+= other.storageFailed
    excludedOperations &+= other.excludedOperations
    adoptedInUse &+= other.adoptedInUse
    adoptionsWaiting &+= other.adoptionsWaiting
    burstsWaiting &+= other.burstsWaiting
  }

  /// Burst records that went into the ring.
  public var sentBursts: UInt64 {
    let burst = Int(RecordKind.burst.rawValue)
    return attempted[burst] &- lost[burst]
  }

  /// All lost records of the ring.
  public var lostRecords: UInt64 { lost.reduce(0, &+) }
}
