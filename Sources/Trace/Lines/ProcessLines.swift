// SPDX-License-Identifier: Apache-2.0

import Wire

// Lines about processes to events. Only the identity must be there; a fact may be null or absent.
extension LineFields {
  private func image() throws(LineError) -> ImageKey {
    let process = try processKey()
    return ImageKey(
      pid: process.pid, start: process.start, execID: try numberOrUnknown(.execID))
  }

  func fork() throws(LineError) -> ForkEvent {
    ForkEvent(
      time: try time(), child: try processKey(),
      parent: ProcessKey(
        pid: try numberOrUnknown(.ppid),
        start: KernelInstant(nanoseconds: try numberOrUnknown(.pstart))))
  }

  func process(_ line: Span<UInt8>) throws(LineError) -> ProcessEvent {
    var facts = ProcessFacts()
    if let pid: UInt32 = try optionalNumber(.ppid) {
      facts.parent = ProcessKey(
        pid: pid, start: KernelInstant(nanoseconds: try optionalNumber(.pstart) ?? 0))
    }
    facts.uid = try optionalNumber(.uid)
    facts.command = try optionalText(.comm, line)
    facts.executable = try optionalText(.exe, line)
    facts.arguments = try optionalTexts(.argv, line)
    facts.wasFound = try optionalBoolean(.found)
    facts.workingDirectory = try optionalText(.cwd, line)
    facts.script = try optionalText(.script, line)
    facts.processGroup = try optionalNumber(.pgid)
    facts.session = try optionalNumber(.sid)
    facts.loginUID = try optionalNumber(.loginuid)
    facts.tty = try optionalText(.tty, line)
    facts.standardInput = try stream(.stdin, line)
    facts.standardOutput = try stream(.stdout, line)
    facts.cgroup = try optionalText(.cgroup, line)
    facts.unit = try optionalText(.unit, line)
    facts.container = try optionalText(.container, line)
    facts.containerImage = try optionalText(.image, line)
    facts.pod = try optionalText(.pod, line)
    return ProcessEvent(time: try time(), image: try image(), facts: facts)
  }

  func context(_ line: Span<UInt8>) throws(LineError) -> ContextEvent {
    let script = try file(.script, line)
    return ContextEvent(
      time: try time(), image: try image(), facts: try file(.executable, line),
      script: script == ExecutableFacts() ? nil : script)
  }

  private func file(_ keys: FileKeys, _ line: Span<UInt8>) throws(LineError) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.device = try optionalNumber(keys.device)
    facts.inode = try optionalNumber(keys.inode)
    facts.sha256 = try optionalString(keys.sha256, line)
    facts.owner = try optionalNumber(keys.owner)
    facts.mode = try optionalNumber(keys.mode)
    facts.modified = try optionalNumber(keys.modified)
    facts.state = try optionalWord(keys.state, line)
    facts.isDirectoryWritable = try optionalBoolean(keys.isDirectoryWritable)
    facts.mount = try optionalWord(keys.mount, line)
    facts.package = try optionalText(keys.package, line)
    facts.isPackageVerified = try optionalBoolean(keys.isPackageVerified)
    facts.imageLayer = try optionalWord(keys.imageLayer, line)
    return facts
  }

  func baseline(_ line: Span<UInt8>) throws(LineError) -> BaselineEvent {
    var facts = BaselineEvent.Facts(subject: try text(.subject, line))
    facts.firstSeen = try optionalNumber(.firstSeen)
    facts.activeDays = try optionalNumber(.activeDays)
    facts.isNetworkFacing = try optionalBoolean(.networkFacing)
    facts.isParentEdgeKnown = try optionalBoolean(.parentEdgeKnown)
    facts.sentP99 = try optionalNumber(.sentP99)
    facts.protocols = try optionalTexts(.protocols, line)
    if let list = known(.destinations) {
      var destinations: [BaselineEvent.Destination] = []
      var element = LineFields()
      try Self.forEachElement(of: list, .destinations, line) { value throws(LineError) in
        guard value.form == .object else {
          throw LineError(
            offset: value.offset, fault: .wrongType(.destinations, expected: "a list of objects"))
        }
        var scanner = LineScanner(at: value.range.lowerBound)
        try element.readObject(line, &scanner, depth: 1)
        destinations.append(
          BaselineEvent.Destination(
            address: try element.text(.address, line), port: try element.number(.port),
            firstSeen: try element.optionalNumber(.firstSeen),
            activeDays: try element.optionalNumber(.activeDays),
            subjects: try element.optionalNumber(.subjects)))
      }
      facts.destinations = destinations
    }
    facts.rows = try optionalText(.rows, line)
    return BaselineEvent(time: try time(), facts: facts)
  }

  /// "pipe:INODE" or one of four words.
  private func stream(_ key: LineKey, _ line: Span<UInt8>) throws(LineError) -> StandardStream? {
    guard let value = known(key) else { return nil }
    let words: [(String, StandardStream)] = [
      ("tty", .tty), ("file", .file), ("socket", .socket), ("null", .null),
    ]
    guard value.form == .string else {
      throw LineError(offset: value.offset, fault: .wrongType(key, expected: "a word"))
    }
    for (word, stream) in words where Self.equal(value, word, line) { return stream }
    let prefix = "pipe:".utf8.count
    var position = value.range.lowerBound + prefix
    if value.range.count > prefix,
      Self.equal(
        LineValue(form: .string, range: value.range.lowerBound..<position), "pipe:", line),
      let inode = Self.decimal(line, &position, value.range.upperBound, limit: .max),
      position == value.range.upperBound
    {
      return .pipe(inode: inode)
    }
    throw LineError(offset: value.offset, fault: .unknownWord(key))
  }
}
