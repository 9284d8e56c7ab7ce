// SPDX-License-Identifier: Apache-2.0

internal import CSQLite

/// Owns one connection to a SQLite database, with statements of integers and blobs.
@safe struct SQLiteConnection: ~Copyable {
  private let handle: OpaquePointer

  /// One value to bind, or one of a row.
  enum Value {
    case integer(Int64)
    case blob([UInt8])
  }

  struct Failure: Error {
    /// SQLite's primary result code.
    let code: Int32
    let reason: String

    var isFull: Bool { code == SQLITE_FULL }
    var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
    var isNoDatabase: Bool { code == SQLITE_NOTADB }
    var isCorrupt: Bool { code == SQLITE_CORRUPT }
  }

  /// Opens a file that exists, and follows no symbolic link to it.
  init(path: String, isReadOnly: Bool) throws(Failure) {
    var opened: OpaquePointer?
    let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    let flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
    // SAFETY: the text outlives the call; a handle may come even with an error, and is closed.
    let status = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard status == SQLITE_OK, let opened = unsafe opened else {
      let reason = unsafe opened.map { unsafe Self.message($0) } ?? "out of memory"
      unsafe sqlite3_close_v2(opened)
      throw Failure(code: status & 0xff, reason: reason)
    }
    unsafe sqlite3_busy_timeout(opened, 2_000)
    unsafe handle = opened
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  /// Runs a statement without a result that is wanted.
  func run(_ statement: String, _ values: [Value] = []) throws(Failure) {
    _ = try rows(statement, values)
  }

  /// Runs a statement and gives all its rows.
  func rows(_ statement: String, _ values: [Value] = []) throws(Failure) -> [[Value]] {
    var prepared: OpaquePointer?
    // SAFETY: the text outlives the call; the statement is finalised exactly once, below.
    guard unsafe sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK,
      let query = unsafe prepared
    else { throw failure() }
    defer { unsafe sqlite3_finalize(query) }
    for (index, value) in values.enumerated() {
      guard unsafe Self.bind(value, at: Int32(index + 1), query) == SQLITE_OK else {
        throw failure()
      }
    }
    var rows: [[Value]] = []
    while true {
      switch unsafe sqlite3_step(query) {
      case SQLITE_ROW:
        let columns = unsafe sqlite3_column_count(query)
        rows.append((0..<columns).map { unsafe Self.column($0, query) })
      case SQLITE_DONE: return rows
      default: throw failure()
      }
    }
  }

  private static func bind(_ value: Value, at index: Int32, _ query: OpaquePointer) -> Int32 {
    switch value {
    case .integer(let number): return unsafe sqlite3_bind_int64(query, index, number)
    case .blob(let bytes) where bytes.isEmpty:
      return unsafe sqlite3_bind_zeroblob(query, index, 0)
    case .blob(let bytes):
      // SAFETY: SQLite copies the bytes (-1, SQLITE_TRANSIENT) before the call returns.
      return unsafe bytes.withUnsafeBytes { buffer in
        unsafe sqlite3_bind_blob64(
          query, index, buffer.baseAddress, UInt64(buffer.count),
          unsafeBitCast(-1, to: sqlite3_destructor_type.self))
      }
    }
  }

  private static func column(_ index: Int32, _ query: OpaquePointer) -> Value {
    guard unsafe sqlite3_column_type(query, index) != SQLITE_INTEGER else {
      return .integer(unsafe sqlite3_column_int64(query, index))
    }
    // SAFETY: the blob is valid until the next step and has that many bytes; it is copied here.
    guard let start = unsafe sqlite3_column_blob(query, index) else { return .blob([]) }
    let count = Int(unsafe sqlite3_column_bytes(query, index))
    return .blob(unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count)))
  }

  private func failure() -> Failure {
    Failure(
      code: unsafe sqlite3_errcode(handle) & 0xff, reason: unsafe Self.message(handle))
  }

  private static func message(_ handle: OpaquePointer) -> String {
    // SAFETY: SQLite owns the text until the next call on the handle; it is copied here.
    unsafe String(cString: sqlite3_errmsg(handle))
  }
}
