// SPDX-License-Identifier: Apache-2.0

/// Something about a trace that the operator should know, though it was used.
public enum TraceWarning: Hashable, Sendable {
  /// The trace was not finished: what is there was used.
  case footerMissing
  /// The last block, or the compressed stream, ends before it is complete.
  case cutOff(offset: UInt64)
  /// The footer tells of more or fewer lines than there are.
  case footerEvents(stated: UInt64, read: UInt64)
  /// The footer tells of another sum of lost records than the `lost` events.
  case footerLost(stated: UInt64, read: UInt64)
  /// Lines stand behind the footer; they were used.
  case linesAfterFooter
  /// Lenient reading only: no header, so host, boot and wall clock are unknown.
  case headerMissing
  /// Lenient reading only: a compressed stream is damaged, its rest was passed over.
  case streamDamaged(offset: UInt64, reason: String)
  /// Lines of kinds this version does not know were passed over.
  case unknownKinds(lines: UInt64, names: [String])
  /// Lenient reading only: the first malformed place, and how many there were.
  case skipped(lines: UInt64, blocks: UInt64, first: String)
  /// Rows of a Zeek log that are not TCP were passed over.
  case otherTransports(rows: UInt64)
  /// Rows of a Zeek log began before what had already been told; they were used.
  case lateRows(rows: UInt64)
}

extension TraceWarning: CustomStringConvertible {
  public var description: String {
    switch self {
    case .footerMissing: "no footer: the recording was not finished; what is there is used"
    case .cutOff(let offset): "cut off inside a block at byte offset \(offset)"
    case .footerEvents(let stated, let read): "the footer says \(stated) events, read \(read)"
    case .footerLost(let stated, let read): "the footer says \(stated) lost, read \(read)"
    case .linesAfterFooter: "lines behind the footer are used"
    case .headerMissing: "no header: host, boot and wall clock are unknown"
    case .streamDamaged(let offset, let reason):
      "damaged at byte offset \(offset) (\(reason)): the rest is not used"
    case .unknownKinds(let lines, let names):
      "\(lines) lines of unknown kinds are not used: " + names.joined(separator: ", ")
    case .otherTransports(let rows): "\(rows) rows that are not TCP are not used"
    case .lateRows(let rows):
      "\(rows) rows began before what was told before them: used, but late"
    case .skipped(let lines, let blocks, let first):
      "passed over \(lines) malformed lines and \(blocks) blocks; the first: \(first)"
    }
  }
}
