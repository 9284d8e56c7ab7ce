// SPDX-License-Identifier: Apache-2.0

import Testing
import Wire

@Suite("Process records")
struct ProcessRecordTests {
  /// Offsets of halfwire_process_record that the tests set.
  private enum Offset {
    static let inode = 88, mtime = 96, device = 104, owner = 108, mode = 112, uid = 116
    static let loginUID = 120, pgid = 124, sid = 128, flags = 132, sections = 136
    static let stdinKind = 146, stdoutKind = 147, command = 152, tty = 168
  }

  private let image = ImageKey(pid: 31, start: KernelInstant(nanoseconds: 77), execID: 2)

  /// The sections in the record's order: path, directory, file name, arguments, cgroup.
  private func record(_ flags: UInt32, _ sections: [String]) -> HandmadeRecord {
    var record = HandmadeRecord(kind: 1, size: 184, time: 1234)
    record.putImage(31, 77, 2, at: 16)
    record.putImage(1, 5, 1, at: 40)
    record.put(UInt64(4026), at: 72)
    record.put(flags, at: Offset.flags)
    record.put(UInt32(1000), at: Offset.uid)
    record.put(UInt32(1001), at: Offset.loginUID)
    record.put(UInt32(30), at: Offset.pgid)
    record.put(UInt32(29), at: Offset.sid)
    record.put(Array("backup\0xx".utf8), at: Offset.command)
    for (index, section) in sections.enumerated() {
      record.put(UInt16(section.utf8.count), at: Offset.sections + 2 * index)
      record.append(Array(section.utf8))
    }
    return record
  }

  private let shell = ["sh\0bin\0usr\0", "tmp\0", "/bin/sh", "sh\0-c\0\0", "x.scope\0user.slice\0"]

  private func decode(_ record: HandmadeRecord) throws -> (ProcessFacts, ContextEvent?) {
    guard case .process(let process, let context) = try RecordDecoder.decode(record.bytes.span)
    else { throw DecodingError.unknownKind(1) }
    #expect(process.image == image)
    #expect(process.time == KernelInstant(nanoseconds: 1234))
    return (process.facts, context)
  }

  @Test("Components from inside out become paths, and arguments a list")
  func whole() throws {
    var record = record(0, shell)
    record.bytes[Offset.stdinKind] = 1
    record.bytes[Offset.stdoutKind] = 5
    record.put(Array("pts0\0".utf8), at: Offset.tty)
    let (facts, context) = try decode(record)
    #expect(facts.executable == "/usr/bin/sh")
    #expect(facts.workingDirectory == "/tmp")
    #expect(facts.arguments == ["sh", "-c", ""])
    #expect(facts.cgroup == "/user.slice/x.scope")
    #expect(facts.command == "backup")
    #expect(facts.uid == 1000)
    #expect(facts.loginUID == nil)
    #expect(facts.processGroup == 30)
    #expect(facts.session == 29)
    #expect(facts.parent == ProcessKey(pid: 1, start: KernelInstant(nanoseconds: 5)))
    #expect(facts.standardInput == .pipe(inode: 4026))
    #expect(facts.standardOutput == .null)
    #expect(facts.tty == "pts0")
    #expect(facts.wasFound == nil)
    #expect(facts.script == nil)
    #expect(context == nil)
  }

  @Test("The root is a directory, and no path at all is no executable")
  func empty() throws {
    let (facts, _) = try decode(record(0x0001 | 0x0200, ["", "", "", "", ""]))
    #expect(facts.executable == nil)
    #expect(facts.workingDirectory == "/")
    #expect(facts.cgroup == "/")
    #expect(facts.arguments == [])
    #expect(facts.wasFound == true)
    #expect(facts.loginUID == 1001)
    #expect(facts.tty == nil)
    #expect(facts.standardInput == nil)
  }

  @Test(
    "What was cut or unreadable is unknown, never guessed", arguments: [0x0002, 0x0004] as [UInt32])
  func unknownPath(flag: UInt32) throws {
    let (facts, context) = try decode(record(flag | 0x0100, shell))
    #expect(facts.executable == nil)
    #expect(facts.workingDirectory == "/tmp")
    #expect(context?.facts.isDirectoryWritable == nil)
    let (rest, _) = try decode(record(0x0020 | 0x0400 | 0x0800, shell))
    #expect(rest.executable == "/usr/bin/sh")
    #expect(rest.workingDirectory == nil)
    #expect(rest.cgroup == nil)
    #expect(rest.arguments == nil)
    #expect(try decode(record(0x0010, shell)).0.workingDirectory == nil)
  }

  @Test("Truncated arguments keep what is there")
  func truncatedArguments() throws {
    var sections = shell
    sections[3] = "sh\0-c\0curl http"
    let (facts, _) = try decode(record(0x0008, sections))
    #expect(facts.arguments == ["sh", "-c", "curl http"])
  }

  @Test(
    "The file's facts become a context event",
    arguments: [
      (0x0100, ExecutableState.present, false), (0x0140, .present, true),
      (0x0180, .deleted, false), (0x1180, .memfd, false),
    ] as [(UInt32, ExecutableState, Bool)])
  func file(flags: UInt32, state: ExecutableState, isWritable: Bool) throws {
    var record = record(flags, shell)
    record.put(UInt64(815), at: Offset.inode)
    record.put(UInt64(1_700_000_000_000_000_001), at: Offset.mtime)
    record.put(UInt32(8 << 20 | 1), at: Offset.device)
    record.put(UInt32(33), at: Offset.owner)
    record.put(UInt32(0o100755), at: Offset.mode)
    let (facts, context) = try decode(record)
    #expect(facts.executable == "/usr/bin/sh")
    #expect(context?.image == image)
    #expect(context?.facts.inode == 815)
    #expect(context?.facts.modified == 1_700_000_000_000_000_001)
    // makedev(8, 1), which is what stat shows for sda1.
    #expect(context?.facts.device == 0x801)
    #expect(context?.facts.owner == 33)
    #expect(context?.facts.mode == 0o100755)
    #expect(context?.facts.state == state)
    #expect(context?.facts.isDirectoryWritable == isWritable)
  }

  // exec(2): for "#!interpreter [argument]" the arguments are interpreter, argument, file name.
  @Test(
    "A script is known by the file name the kernel put into the arguments",
    arguments: [
      ("/opt/b.py", "/usr/bin/python3\0/opt/b.py\0", "/opt/b.py"),
      ("./b.py", "/usr/bin/python3\0-u\0./b.py\0", "/tmp/b.py"),
      ("../b.py", "/usr/bin/python3\0../b.py\0", "/b.py"),
      ("a/../b.py", "/usr/bin/python3\0a/../b.py\0", "/tmp/a/../b.py"),
      ("/usr/bin/python3", "python3\0b.py\0", nil),
      ("/dev/fd/3", "/usr/bin/python3\0/dev/fd/3\0", nil),
    ] as [(String, String, String?)])
  func script(fileName: String, arguments: String, expected: String?) throws {
    let (facts, _) = try decode(
      record(0x2000, ["python3.11\0bin\0usr\0", "tmp\0", fileName, arguments, ""]))
    #expect(facts.script == expected.map { ByteString($0) })
  }

  // /usr/bin/python3 is a link, so it is not the executable's path; the caller chose the rest.
  @Test(
    "A file name that the kernel found no interpreter for is no script, whatever the arguments say",
    arguments: [
      ("/usr/bin/python3", "python3\0/tmp/x.py\0/usr/bin/python3\0"),
      ("/usr/bin/python3", "python3\0-c1\0/usr/bin/python3\0"),
      ("/home/u/p", "python3\0/home/u/p\0"),
    ])
  func noScript(fileName: String, arguments: String) throws {
    let (facts, _) = try decode(
      record(0, ["python3.11\0bin\0usr\0", "tmp\0", fileName, arguments, ""]))
    #expect(facts.script == nil)
  }

  @Test("Sections beyond the record, streams without meaning and open names are errors")
  func invalid() {
    var long = record(0, shell)
    long.put(UInt16.max, at: Offset.sections)
    #expect(throws: DecodingError.truncated(offset: 184, available: long.bytes.count)) {
      try decode(long)
    }
    var short = record(0, shell)
    short.put(UInt16(1), at: Offset.sections + 8)
    #expect(
      throws: DecodingError.lengthMismatch(
        stated: short.bytes.count - 18, available: short.bytes.count)
    ) { try decode(short) }
    var stream = record(0, shell)
    stream.bytes[Offset.stdinKind] = 6
    #expect(throws: DecodingError.invalidField(offset: Offset.stdinKind)) { try decode(stream) }
    #expect(throws: DecodingError.invalidField(offset: 184)) {
      try decode(record(0, ["sh\0bin", "", "", "", ""]))
    }
  }
}
