// SPDX-License-Identifier: Apache-2.0

internal import CWire

// The one record of variable length. What the kernel could not read stays unknown: a path that
// lacks its outer part is not a path.
extension RecordDecoder {
  static func process(_ bytes: RawSpan, at time: KernelInstant) throws(DecodingError) -> Record {
    let fixed = MemoryLayout<halfwire_process_record>.size
    guard bytes.byteCount >= fixed else {
      throw .truncated(offset: bytes.byteCount, available: bytes.byteCount)
    }
    // SAFETY: the size was just checked; the struct holds integers only.
    let record = unsafe bytes.unsafeLoadUnaligned(as: halfwire_process_record.self)
    var sections = Sections(end: fixed)
    let path = try sections.next(record.exe_bytes, in: bytes)
    let directory = try sections.next(record.cwd_bytes, in: bytes)
    let fileName = try sections.next(record.filename_bytes, in: bytes)
    let arguments = try sections.next(record.argv_bytes, in: bytes)
    let cgroup = try sections.next(record.cgroup_bytes, in: bytes)
    guard sections.end == bytes.byteCount else {
      throw .lengthMismatch(stated: sections.end, available: bytes.byteCount)
    }

    let flags = ProcessFlags(rawValue: record.flags)
    var facts = ProcessFacts()
    facts.parent = ImageKey(record.parent).process
    facts.uid = record.uid
    // SAFETY: sixteen bytes either way, and every pattern of bits is a number.
    facts.command = fixedText(unsafe unsafeBitCast(record.comm, to: (UInt64, UInt64).self))
    let tty = fixedText(unsafe unsafeBitCast(record.tty, to: (UInt64, UInt64).self))
    facts.tty = tty.isEmpty ? nil : tty
    facts.processGroup = record.pgid
    facts.session = record.sid
    facts.wasFound = flags.contains(.found) ? true : nil
    // -1 is the kernel's word for "nobody logged in".
    facts.loginUID =
      flags.contains(.hasLoginUID) && record.loginuid != .max ? record.loginuid : nil
    facts.standardInput = try stream(record.stdin_kind, record.stdin_inode, at: 146)
    facts.standardOutput = try stream(record.stdout_kind, record.stdout_inode, at: 147)

    // Without any component there is no executable (a kernel thread), but "/" is a directory.
    if flags.isDisjoint(with: [.pathUnreadable, .pathTruncated]), !path.isEmpty {
      facts.executable = try joinedPath(copy(bytes, path), at: path.lowerBound)
    }
    if flags.isDisjoint(with: [.directoryUnreadable, .directoryTruncated]) {
      facts.workingDirectory = try joinedPath(copy(bytes, directory), at: directory.lowerBound)
    }
    if !flags.contains(.cgroupUnreadable) {
      facts.cgroup = try joinedPath(copy(bytes, cgroup), at: cgroup.lowerBound)
    }
    if !flags.contains(.argumentsUnreadable) {
      facts.arguments = list(copy(bytes, arguments))
    }
    if flags.contains(.interpreted) {
      facts.script = script(fileName: copy(bytes, fileName), facts)
    }

    let image = ImageKey(record.image)
    let event = ProcessEvent(time: time, image: image, facts: facts)
    guard flags.contains(.hasFile) else { return .process(event, nil) }
    let context = ContextEvent(time: time, image: image, facts: fileFacts(record, flags))
    return .process(event, context)
  }

  private static func fileFacts(
    _ record: halfwire_process_record, _ flags: ProcessFlags
  ) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.device = deviceNumber(kernel: record.file_device)
    facts.inode = record.file_inode
    facts.owner = record.file_uid
    facts.mode = record.file_mode
    // A time before 1970 wraps in the kernel's unsigned sum; the pattern is the signed value.
    facts.modified = Int64(bitPattern: record.file_mtime_ns)
    facts.state =
      flags.contains(.memfd) ? .memfd : flags.contains(.unlinked) ? .deleted : .present
    if flags.contains(.directoryWritable) {
      facts.isDirectoryWritable = true
    } else if flags.isDisjoint(with: [.pathUnreadable, .pathTruncated]) {
      // "No" needs the whole path to have been walked.
      facts.isDirectoryWritable = false
    }
    return facts
  }

  /// The script that the kernel found an interpreter for (`#!`, binfmt_misc): it puts the file name
  /// into the arguments.
  ///
  /// It stands behind the interpreter and that one's optional argument. Names by descriptor
  /// (`/dev/fd/3`) say nothing; a relative name is relative to the working directory.
  private static func script(fileName: [UInt8], _ facts: ProcessFacts) -> ByteString? {
    let name = ByteString(fileName.prefix { $0 != 0 })
    guard !name.isEmpty, facts.arguments?.dropFirst().prefix(2).contains(name) == true else {
      return nil
    }
    if name.bytes.starts(with: "/dev/fd/".utf8) || name.bytes.starts(with: "/proc/".utf8) {
      return nil
    }
    return name.absolute(from: facts.workingDirectory)
  }

  /// Components innermost first ("sh", "bin", "usr") as "/usr/bin/sh".
  ///
  /// Empty ones are the root's own name. Slashes inside a name are kept: a memfd may have them.
  private static func joinedPath(_ section: [UInt8], at offset: Int) throws(DecodingError)
    -> ByteString
  {
    guard section.last ?? 0 == 0 else { throw .invalidField(offset: offset) }
    var path: [UInt8] = []
    path.reserveCapacity(section.count + 1)
    for component in section.split(separator: 0).reversed() where component != [0x2f] {
      path.append(UInt8(ascii: "/"))
      path.append(contentsOf: component)
    }
    return ByteString(path.isEmpty ? [UInt8(ascii: "/")] : path)
  }

  /// NUL-ended strings; a last one that lost its NUL to truncation counts.
  private static func list(_ section: [UInt8]) -> [ByteString] {
    guard !section.isEmpty else { return [] }
    let body = section.last == 0 ? section.dropLast() : section[...]
    return body.split(separator: 0, omittingEmptySubsequences: false).map { ByteString($0) }
  }

  private static func stream(
    _ kind: UInt8, _ inode: UInt64, at offset: Int
  ) throws(DecodingError) -> StandardStream? {
    switch kind {
    case 0: return nil
    case 1: return .pipe(inode: inode)
    case 2: return .tty
    case 3: return .file
    case 4: return .socket
    case 5: return .null
    default: throw .invalidField(offset: offset)
    }
  }

  /// Text in a fixed field, up to its first NUL.
  private static func fixedText(_ halves: (UInt64, UInt64)) -> ByteString {
    let bytes = (0..<16).lazy.map { index in
      UInt8(truncatingIfNeeded: (index < 8 ? halves.0 : halves.1) >> UInt64(8 * (index % 8)))
    }
    return ByteString(bytes.prefix { $0 != 0 })
  }

  /// Hands out consecutive ranges of a record, each checked against its end.
  private struct Sections {
    var end: Int

    mutating func next(_ count: UInt16, in bytes: RawSpan) throws(DecodingError) -> Range<Int> {
      guard Int(count) <= bytes.byteCount - end else {
        throw .truncated(offset: end, available: bytes.byteCount)
      }
      let range = end..<end + Int(count)
      end = range.upperBound
      return range
    }
  }
}

/// `halfwire_process_record.flags`.
private struct ProcessFlags: OptionSet {
  let rawValue: UInt32

  static let found = Self(HALFWIRE_PROCESS_FOUND)
  static let pathTruncated = Self(HALFWIRE_PROCESS_PATH_TRUNCATED)
  static let pathUnreadable = Self(HALFWIRE_PROCESS_PATH_UNREADABLE)
  static let directoryTruncated = Self(HALFWIRE_PROCESS_CWD_TRUNCATED)
  static let directoryUnreadable = Self(HALFWIRE_PROCESS_CWD_UNREADABLE)
  static let directoryWritable = Self(HALFWIRE_PROCESS_DIR_WRITABLE)
  static let unlinked = Self(HALFWIRE_PROCESS_UNLINKED)
  static let hasFile = Self(HALFWIRE_PROCESS_HAS_FILE)
  static let hasLoginUID = Self(HALFWIRE_PROCESS_HAS_LOGINUID)
  static let cgroupUnreadable = Self(HALFWIRE_PROCESS_CGROUP_UNREADABLE)
  static let argumentsUnreadable = Self(HALFWIRE_PROCESS_ARGV_UNREADABLE)
  static let memfd = Self(HALFWIRE_PROCESS_MEMFD)
  static let interpreted = Self(HALFWIRE_PROCESS_INTERPRETED)

  init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  private init(_ bit: Int32) {
    rawValue = UInt32(truncatingIfNeeded: bit)
  }
}

/// A device number as stat(2) gives it; the kernel keeps major << 20 | minor.
private func deviceNumber(kernel device: UInt32) -> UInt64 {
  let major = UInt64(device >> 20)
  let minor = UInt64(device & 0xf_ffff)
  // glibc's makedev, for a major of 12 bits and a minor of 20.
  return minor & 0xff | major << 8 | (minor & ~0xff) << 12
}
