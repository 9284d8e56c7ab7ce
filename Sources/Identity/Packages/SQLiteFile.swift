// SPDX-License-Identifier: Apache-2.0

internal import CSQLite

/// Owns one SQLite database that is only read.
@safe struct SQLiteFile: ~Copyable {
  private let connection: OpaquePointer

  /// `isImmutable` promises that nobody writes, and keeps SQLite from making files of its own.
  init?(path: String, isImmutable: Bool) {
    // A URI: what has a meaning of its own there is escaped.
    var uri = "file:"
    for byte in path.utf8 {
      if "?#%".utf8.contains(byte) {
        uri += "%" + String(byte, radix: 16)
      } else {
        uri += String(decoding: [byte], as: UTF8.self)
      }
    }
    if isImmutable { uri += "?immutable=1" }
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
    // SAFETY: the text outlives the call; a handle may come even with an error, and is closed.
    let status = unsafe sqlite3_open_v2(uri, &opened, flags, nil)
    guard status == SQLITE_OK, let opened = unsafe opened else {
      unsafe sqlite3_close_v2(opened)
      return nil
    }
    unsafe connection = opened
  }

  deinit {
    unsafe sqlite3_close_v2(connection)
  }

  /// The first column of each row for one bound text, as integers; nil after an error.
  func integers(_ query: String, text: [UInt8], limit: Int) -> [Int64]? {
    unsafe rows(
      query, limit: limit,
      bind: { statement in
        // SAFETY: SQLite copies the text (-1, SQLITE_TRANSIENT) before the call returns.
        unsafe text.withUnsafeBytes { bytes in
          unsafe sqlite3_bind_text(
            statement, 1, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(clamping: bytes.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
        }
      }, row: { unsafe sqlite3_column_int64($0, 0) })
  }

  /// The blob of the one row with this number; nil where there is none or it is too long.
  func blob(_ query: String, number: Int64, limit: Int) -> [UInt8]? {
    let found = unsafe rows(
      query, limit: 1, bind: { unsafe sqlite3_bind_int64($0, 1, number) },
      row: { statement -> [UInt8] in
        // SAFETY: the blob has `count` bytes and lives until the next step; it is copied here.
        guard let start = unsafe sqlite3_column_blob(statement, 0) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(statement, 0))
        guard count > 0, count <= limit else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
      })
    return found?.first
  }

  private func rows<Row>(
    _ query: String, limit: Int, bind: (OpaquePointer) -> Int32, row: (OpaquePointer) -> Row
  ) -> [Row]? {
    var prepared: OpaquePointer?
    // SAFETY: the text outlives the call; the statement is finalised exactly once, below.
    guard unsafe sqlite3_prepare_v2(connection, query, -1, &prepared, nil) == SQLITE_OK,
      let statement = unsafe prepared
    else { return nil }
    defer { unsafe sqlite3_finalize(statement) }
    guard unsafe bind(statement) == SQLITE_OK else { return nil }
    var rows: [Row] = []
    while rows.count < limit {
      switch unsafe sqlite3_step(statement) {
      case SQLITE_ROW: rows.append(unsafe row(statement))
      case SQLITE_DONE: return rows
      default: return nil
      }
    }
    return rows
  }
}
