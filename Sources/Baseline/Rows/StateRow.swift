// SPDX-License-Identifier: Apache-2.0

/// One row of a store: what it means is the business of whoever has the kind.
///
/// Kinds below 16 are the baseline's own (`BaselineRow.Kind`).
public struct StateRow: Hashable, Sendable {
  public var kind: UInt8
  public var key: [UInt8]
  /// Empty where the row is to be removed.
  public var value: [UInt8]

  public init(kind: UInt8, key: [UInt8], value: [UInt8]) {
    self.kind = kind
    self.key = key
    self.value = value
  }

  private static let version: UInt64 = 1

  /// Rows in one piece, as a `baseline` event carries them: a version, then kind, key and value of
  /// each.
  public static func pack(_ rows: [StateRow]) -> [UInt8] {
    var writer = RowWriter()
    writer.put(version)
    for row in rows {
      writer.put(UInt64(row.kind))
      writer.put(bytes: row.key)
      writer.put(bytes: row.value)
    }
    return writer.bytes
  }

  /// Nil where the bytes are of another version, or cut.
  public static func unpack(_ bytes: [UInt8]) -> [StateRow]? {
    var reader = RowReader(bytes)
    guard reader.number() == version else { return nil }
    var rows: [StateRow] = []
    while !reader.isAtEnd {
      guard let kind = reader.number().flatMap({ UInt8(exactly: $0) }),
        let key = reader.bytes(), let value = reader.bytes()
      else { return nil }
      rows.append(StateRow(kind: kind, key: key, value: value))
    }
    return rows
  }
}
