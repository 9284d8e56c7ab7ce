// SPDX-License-Identifier: Apache-2.0

internal import Flows

/// What a sensor remembers between its runs: one SQLite file in a directory of its own.
///
/// A save is one transaction in write-ahead mode, so that a process killed at any moment leaves
/// the last whole save. Every value carries a checksum, and one that does not agree is left out.
public struct StateStore: ~Copyable {
  public static let fileName = "state.db"
  /// "hfwr": which program made the file.
  static let applicationID: Int64 = 0x6866_7772
  static let layout: Int64 = 1
  /// Four times what full tables take, in pages of 4 KiB.
  public static let pageLimit = 65_536

  private let directory: StateDirectory
  private let connection: SQLiteConnection
  private let path: String
  /// Rows whose checksum did not agree.
  public private(set) var damagedRows: UInt64 = 0

  /// Opens or makes the store in a directory; a reader makes nothing and waits for nobody.
  ///
  /// `pageLimit` bounds the file at so many pages of 4 KiB.
  public init(
    directory: String, isReadOnly: Bool = false, pageLimit: Int = StateStore.pageLimit
  ) throws(StateStoreError) {
    let path = directory + "/" + Self.fileName
    let held = try StateDirectory(directory, isExclusive: !isReadOnly)
    if !isReadOnly {
      try held.makeFile(Self.fileName)
    } else if !held.has(Self.fileName) {
      throw .missing(path)
    }
    let opened = try Self.open(path, isReadOnly, pageLimit)
    try Self.prepare(opened, path, isReadOnly: isReadOnly)
    self.path = path
    self.directory = held
    connection = opened
  }

  private static func open(
    _ path: String, _ isReadOnly: Bool, _ pageLimit: Int
  ) throws(StateStoreError) -> SQLiteConnection {
    do throws(SQLiteConnection.Failure) {
      let connection = try SQLiteConnection(path: path, isReadOnly: isReadOnly)
      if !isReadOnly { try connection.run("PRAGMA max_page_count = \(max(pageLimit, 8))") }
      return connection
    } catch {
      throw Self.error(error, path)
    }
  }

  private static func prepare(
    _ connection: borrowing SQLiteConnection, _ path: String, isReadOnly: Bool
  ) throws(StateStoreError) {
    let application = try number(connection, path, "PRAGMA application_id")
    let tables = try number(connection, path, "SELECT count(*) FROM sqlite_master")
    guard application == applicationID || (application == 0 && tables == 0) else {
      throw .foreign(path)
    }
    let layout = try number(connection, path, "PRAGMA user_version")
    guard layout <= Self.layout else { throw .newer(path, version: layout) }
    if tables > 0 {
      guard
        case .blob(let answer)? = try rows(connection, path, "PRAGMA quick_check(1)").first?.first,
        answer == Array("ok".utf8)
      else { throw .corrupt(path, reason: "quick_check") }
    }
    guard !isReadOnly else { return }
    _ = try rows(connection, path, "PRAGMA journal_mode = WAL")
    // The log is written through at each commit: a save is whole or not at all, also when the power
    // fails.
    _ = try rows(connection, path, "PRAGMA synchronous = FULL")
    _ = try rows(connection, path, "PRAGMA journal_size_limit = 4194304")
    guard tables == 0 else { return }
    _ = try rows(connection, path, "BEGIN IMMEDIATE")
    _ = try rows(connection, path, "PRAGMA application_id = \(applicationID)")
    _ = try rows(connection, path, "PRAGMA user_version = \(Self.layout)")
    _ = try rows(
      connection, path,
      """
      CREATE TABLE state (
        kind INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (kind, key)
      ) WITHOUT ROWID
      """)
    _ = try rows(connection, path, "COMMIT")
  }

  /// All rows, by kind and key.
  public mutating func load() throws(StateStoreError) -> [StateRow] {
    var found: [StateRow] = []
    for row in try Self.rows(
      connection, path, "SELECT kind, key, value FROM state ORDER BY kind, key")
    {
      guard row.count == 3, case .integer(let number) = row[0], case .blob(let key) = row[1],
        case .blob(let sealed) = row[2], let kind = UInt8(exactly: number),
        let value = Self.opened(sealed, kind, key)
      else {
        damagedRows += 1
        continue
      }
      found.append(StateRow(kind: kind, key: key, value: value))
    }
    return found
  }

  /// Writes what changed, all of it or nothing.
  public func save(_ rows: [StateRow]) throws(StateStoreError) {
    guard !rows.isEmpty else { return }
    do throws(SQLiteConnection.Failure) {
      try connection.run("BEGIN IMMEDIATE")
      for row in rows {
        let key: [SQLiteConnection.Value] = [.integer(Int64(row.kind)), .blob(row.key)]
        if row.value.isEmpty {
          try connection.run("DELETE FROM state WHERE kind = ?1 AND key = ?2", key)
        } else {
          try connection.run(
            "INSERT OR REPLACE INTO state (kind, key, value) VALUES (?1, ?2, ?3)",
            key + [.blob(Self.sealed(row))])
        }
      }
      try connection.run("COMMIT")
    } catch {
      // What cannot be rolled back was rolled back by SQLite itself.
      try? connection.run("ROLLBACK")
      throw Self.error(error, path)
    }
  }

  /// Removes the store of a directory; true where there was one.
  ///
  /// A file that another program made is left alone.
  public static func remove(in directory: String) throws(StateStoreError) -> Bool {
    let path = directory + "/" + fileName
    guard StateDirectory.exists(directory) else { throw .missing(directory) }
    let held = try StateDirectory(directory, isExclusive: true)
    guard held.has(fileName) else { return false }
    guard application(of: path).map({ $0 == applicationID || $0 == 0 }) ?? true else {
      throw .foreign(path)
    }
    // The log first: alone beside a new file it would be read into that.
    _ = held.remove(fileName + "-wal")
    _ = held.remove(fileName + "-shm")
    return held.remove(fileName)
  }

  /// Nil where the file cannot even be read, which is what a reset is for.
  private static func application(of path: String) -> Int64? {
    guard let connection = try? SQLiteConnection(path: path, isReadOnly: true),
      case .integer(let found)? = try? connection.rows("PRAGMA application_id").first?.first
    else { return nil }
    return found
  }

  private static func rows(
    _ connection: borrowing SQLiteConnection, _ path: String, _ query: String
  ) throws(StateStoreError) -> [[SQLiteConnection.Value]] {
    do throws(SQLiteConnection.Failure) {
      return try connection.rows(query)
    } catch {
      throw Self.error(error, path)
    }
  }

  private static func number(
    _ connection: borrowing SQLiteConnection, _ path: String, _ query: String
  ) throws(StateStoreError) -> Int64 {
    guard case .integer(let value)? = try rows(connection, path, query).first?.first else {
      return 0
    }
    return value
  }

  // MARK: Checksums

  /// The value with eight bytes behind it that depend on kind, key and value.
  private static func sealed(_ row: StateRow) -> [UInt8] {
    let sum = checksum(row.value, row.kind, row.key)
    return row.value + (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt64($0))) }
  }

  private static func opened(_ sealed: [UInt8], _ kind: UInt8, _ key: [UInt8]) -> [UInt8]? {
    guard sealed.count > 8 else { return nil }
    let value = Array(sealed.dropLast(8))
    let row = StateRow(kind: kind, key: key, value: value)
    return Self.sealed(row) == sealed ? value : nil
  }

  private static func checksum(_ value: [UInt8], _ kind: UInt8, _ key: [UInt8]) -> UInt64 {
    StableHash.of([kind] + key + value)
  }

  private static func error(_ failure: SQLiteConnection.Failure, _ path: String)
    -> StateStoreError
  {
    if failure.isNoDatabase { return .foreign(path) }
    if failure.isCorrupt { return .corrupt(path, reason: failure.reason) }
    if failure.isFull { return .full(path) }
    if failure.isBusy { return .inUse(path) }
    return .failed(path, reason: failure.reason)
  }
}
