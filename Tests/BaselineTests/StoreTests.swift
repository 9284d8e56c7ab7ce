// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Baseline
@testable import state_writer

// One at a time: a child between its fork and its exec holds the locks of all.
@Suite("The store", .serialized)
struct StoreTests {
  private let place: ScratchDirectory

  init() throws {
    place = try ScratchDirectory()
  }

  private func rows(_ count: UInt8, value: UInt8 = 7) -> [StateRow] {
    (0..<count).map { StateRow(kind: 1, key: [$0], value: [value, $0]) }
  }

  private func failure(_ directory: String, isReadOnly: Bool = false) -> StateStoreError? {
    do throws(StateStoreError) {
      _ = try StateStore(directory: directory, isReadOnly: isReadOnly)
      return nil
    } catch {
      return error
    }
  }

  @Test("The directory is made with mode 0700 and the files with 0600, whatever the umask")
  func modes() throws {
    let before = umask(0)
    defer { umask(before) }
    let directory = place.path + "/state"
    let store = try StateStore(directory: directory)
    try store.save(rows(3))
    #expect(place.mode("state") == 0o700)
    for name in ["state.db", "state.db-wal"] { #expect(place.mode("state/" + name) == 0o600) }
  }

  @Test("What was saved is there, what was removed is not, and the last value counts")
  func saving() throws {
    do {
      let store = try StateStore(directory: place.path)
      try store.save(rows(5))
      try store.save([
        StateRow(kind: 1, key: [1], value: []), StateRow(kind: 1, key: [2], value: [9]),
        StateRow(kind: 2, key: [2], value: [8]),
      ])
    }
    var store = try StateStore(directory: place.path)
    #expect(
      try store.load() == [
        StateRow(kind: 1, key: [0], value: [7, 0]), StateRow(kind: 1, key: [2], value: [9]),
        StateRow(kind: 1, key: [3], value: [7, 3]), StateRow(kind: 1, key: [4], value: [7, 4]),
        StateRow(kind: 2, key: [2], value: [8]),
      ])
    #expect(store.damagedRows == 0)
  }

  @Test("One process at a time has a directory; readers do not disturb")
  func lock() throws {
    let store = try StateStore(directory: place.path)
    try store.save(rows(2))
    #expect(failure(place.path) == .inUse(place.path))
    var reader = try StateStore(directory: place.path, isReadOnly: true)
    #expect(try reader.load().count == 2)
  }

  @Test("A child that has a copy of the directory's descriptor does not keep its lock")
  func lockOfAChild() throws {
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    do {
      let store = try StateStore(directory: place.path)
      try store.save(rows(2))
      // As a child has between its clone and its exec.
      copies = (3..<Int32(1_024)).filter { isPlace($0) }.map { dup($0) }
      #expect(copies.count == 1)
      #expect(failure(place.path) == .inUse(place.path))
    }
    #expect(failure(place.path) == nil)
  }

  private func isPlace(_ descriptor: Int32) -> Bool {
    var (open, named) = (stat(), stat())
    // SAFETY: the kernel fills one `stat` each; the path lives for the call.
    guard unsafe fstat(descriptor, &open) == 0, unsafe stat(place.path, &named) == 0 else {
      return false
    }
    return open.st_dev == named.st_dev && open.st_ino == named.st_ino
  }

  @Test("A directory that others may write to is refused")
  func writable() throws {
    chmod(place.path)
    #expect(failure(place.path) == .writableByOthers(place.path))
  }

  private func chmod(_ path: String) {
    // SAFETY: the path lives for the call.
    _ = unsafe Glibc.chmod(path, 0o777)
  }

  @Test("A missing parent, and a state that is not there yet, are told")
  func missing() {
    let nowhere = place.path + "/a/b"
    #expect(failure(nowhere) == .directory(nowhere, reason: "No such file or directory"))
    #expect(
      failure(place.path, isReadOnly: true)
        == .missing(place.path + "/state.db"))
  }

  @Test("A file of another program is refused, and no reset removes it")
  func foreign() throws {
    let file = place.path + "/state.db"
    place.write("state.db", Array("This is a diary. Dear diary, today nothing happened.".utf8))
    #expect(failure(place.path) == .foreign(file))
    // Another program's database: its application id is not ours.
    place.remove("state.db")
    place.write("state.db", [])
    do {
      let other = try SQLiteConnection(path: file, isReadOnly: false)
      try other.run("CREATE TABLE diary (day)")
      try other.run("PRAGMA application_id = 1")
    }
    #expect(failure(place.path) == .foreign(file))
    #expect(throws: StateStoreError.foreign(file)) {
      try StateStore.remove(in: place.path)
    }
  }

  @Test("A store of a newer layout is refused and not changed")
  func newer() throws {
    let file = place.path + "/state.db"
    do { _ = try StateStore(directory: place.path) }
    do {
      let connection = try SQLiteConnection(path: file, isReadOnly: false)
      try connection.run("PRAGMA user_version = 2")
    }
    #expect(failure(place.path) == .newer(file, version: 2))
  }

  @Test("A damaged database is told with its mend, and the mend works")
  func damaged() throws {
    do {
      let store = try StateStore(directory: place.path)
      try store.save(
        (0..<200).map { StateRow(kind: 1, key: [$0], value: .init(repeating: 5, count: 500)) })
    }
    var bytes = place.read("state.db")
    #expect(bytes.count > 50_000)
    // The first page says what the file is; all others are overwritten.
    for index in 4_096..<bytes.count { bytes[index] = 0xa5 }
    place.write("state.db", bytes)
    let told = failure(place.path)
    guard case .corrupt? = told else {
      Issue.record("\(String(describing: told))")
      return
    }
    #expect(told?.description.contains("baseline reset --yes") == true)
    #expect(try StateStore.remove(in: place.path))
    #expect(failure(place.path) == nil)
  }

  @Test("A value that changed on the disk is left out and counted")
  func checksum() throws {
    let file = place.path + "/state.db"
    do {
      let store = try StateStore(directory: place.path)
      try store.save(rows(3))
    }
    do {
      let connection = try SQLiteConnection(path: file, isReadOnly: false)
      try connection.run(
        "UPDATE state SET value = x'0701' || substr(value, 3) WHERE key = ?1", [.blob([2])])
    }
    var store = try StateStore(directory: place.path)
    #expect(try store.load().map(\.key) == [[0], [1]])
    #expect(store.damagedRows == 1)
  }

  @Test("A save that finds no room changes nothing, and the next that has room is whole")
  func full() throws {
    do {
      var store = try StateStore(directory: place.path, pageLimit: 16)
      try store.save(rows(3))
      let large = (0..<100).map {
        StateRow(kind: 1, key: [$0], value: [UInt8](repeating: 1, count: 4_000))
      }
      #expect(throws: StateStoreError.full(place.path + "/state.db")) { try store.save(large) }
      #expect(try store.load() == rows(3))
      try store.save(rows(4, value: 8))
    }
    var store = try StateStore(directory: place.path)
    #expect(try store.load() == rows(4, value: 8))
  }

  @Test("A process killed at any moment leaves the last whole save")
  func killed() throws {
    var state: UInt64 = 12_345
    var last: UInt64 = 0
    // A slow machine saves less often before it is killed, and is given more rounds.
    for round in 0..<400 where round < 40 || last <= 40 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let writer = try ChildWriter(directory: place.path)
      // From before its first save to after many; the first line says that it is at work.
      usleep(UInt32(state >> 33) % 60_000)
      let told = writer.kill()
      #expect(!told.contains("error"), "\(told)")
      var store = try StateStore(directory: place.path)
      let rows = try store.load()
      #expect(store.damagedRows == 0)
      let said = told.split(separator: "\n").last.flatMap { UInt64($0) } ?? last
      guard let generation = rows.first.map({ UInt64($0.value.count) }) else {
        #expect(said == 0, "round \(round)")
        continue
      }
      // What was told as saved is saved; one more may have been saved and not told.
      #expect(generation == said || generation == said + 1, "round \(round)")
      #expect(rows == StateWriter.generationRows(generation))
      last = generation
    }
    #expect(last > 40)
  }
}
