// SPDX-License-Identifier: Apache-2.0

import Wire

/// The native form's framing, numbers little-endian; docs/trace-format.md says it in full.
enum NativeLayout {
  /// No text begins so, and a transfer that changes line ends destroys it visibly.
  static let magic: [UInt8] = [0x89, 0x48, 0x57, 0x54, 0x0d, 0x0a, 0x1a, 0x0a]
  static let version: UInt16 = 1
  static let wireVersion: UInt16 = 1
  static let fileHeaderBytes = 16

  static let blockMagic: [UInt8] = [0x48, 0x57, 0x42, 0x4b]
  static let blockHeaderBytes = 24
  /// A block's records together; a reader allocates no more.
  static let blockLimitBytes = 256 * 1024
  /// A writer closes a block here, so that the longest record still fits.
  static let blockTargetBytes = blockLimitBytes - RecordKind.limitBytes

  static func appendFileHeader(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: magic)
    append(UInt64(version), 2, to: &bytes)
    append(UInt64(wireVersion), 2, to: &bytes)
    append(0, 4, to: &bytes)
  }

  static func append(_ number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for place in 0..<count {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place)))
    }
  }

  /// `count` bytes as a number; the caller has checked that they are there.
  static func number(_ bytes: Span<UInt8>, at offset: Int, _ count: Int) -> UInt64 {
    var number: UInt64 = 0
    for place in (0..<count).reversed() { number = number << 8 | UInt64(bytes[offset + place]) }
    return number
  }
}

/// What stands before a block's zstd frame.
struct BlockHeader: Equatable {
  /// The zstd frame's length.
  var storedBytes: Int
  /// The records' length, unpacked.
  var rawBytes: Int
  var records: Int

  /// Whether `bytes` begin with the block magic.
  static func begins(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= NativeLayout.blockMagic.count else { return false }
    for index in 0..<NativeLayout.blockMagic.count
    where bytes[index] != NativeLayout.blockMagic[index] {
      return false
    }
    return true
  }

  init(storedBytes: Int, rawBytes: Int, records: Int) {
    self.storedBytes = storedBytes
    self.rawBytes = rawBytes
    self.records = records
  }

  /// Nil unless the header is whole, unaltered and within every bound.
  init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= NativeLayout.blockHeaderBytes, Self.begins(bytes),
      NativeLayout.number(bytes, at: 20, 4) == UInt64(Self.check(bytes)),
      NativeLayout.number(bytes, at: 4, 4) == 0
    else { return nil }
    storedBytes = Int(truncatingIfNeeded: NativeLayout.number(bytes, at: 8, 4))
    rawBytes = Int(truncatingIfNeeded: NativeLayout.number(bytes, at: 12, 4))
    records = Int(truncatingIfNeeded: NativeLayout.number(bytes, at: 16, 4))
    guard rawBytes > 0, rawBytes <= NativeLayout.blockLimitBytes, storedBytes > 0,
      storedBytes <= ZstdFrame.bound(NativeLayout.blockLimitBytes), records > 0,
      records <= rawBytes / RecordKind.headerBytes
    else { return nil }
  }

  func append(to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(contentsOf: NativeLayout.blockMagic)
    NativeLayout.append(0, 4, to: &bytes)
    NativeLayout.append(UInt64(storedBytes), 4, to: &bytes)
    NativeLayout.append(UInt64(rawBytes), 4, to: &bytes)
    NativeLayout.append(UInt64(records), 4, to: &bytes)
    let check = Self.check(bytes.span.extracting(start..<bytes.count))
    NativeLayout.append(UInt64(check), 4, to: &bytes)
  }

  /// FNV-1a over the first 20 bytes: lengths are believed only when nothing altered them.
  private static func check(_ bytes: Span<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for index in 0..<20 { hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193 }
    return hash
  }
}
