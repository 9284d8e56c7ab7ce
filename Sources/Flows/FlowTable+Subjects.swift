// SPDX-License-Identifier: Apache-2.0

public import Wire

// From an event's process to the subject it stands for, and back to what is known of it.

extension FlowTable {
  /// A subject by its number; nil once the table gave it up.
  public func subject(_ id: SubjectID) -> Subject? { subjects[id] }

  /// What is known of the process that an event named.
  public func description(of image: ImageKey) -> ProcessDescription {
    guard let slot = processes.imageSlot(of: image) else {
      return ProcessDescription(image: image, ancestors: ancestors(of: image))
    }
    let known = processes[slot]
    let code = code(of: known)
    return ProcessDescription(
      image: image, facts: known.event?.facts,
      executable: known.context?.facts ?? ExecutableFacts(), script: code?.script,
      scriptFile: known.script?.facts ?? ExecutableFacts(),
      provenance: provenance(of: known, code), program: known.program?.judgement.level,
      ancestors: ancestors(of: image),
      takesConnections: processes.takesConnections(image.process))
  }

  private func code(of known: ProcessTable.Image) -> InterpretedCode? {
    guard let facts = known.event?.facts, let path = facts.executable else { return nil }
    return InterpretedCode(executable: PathText.existing(path), facts: facts)
  }

  private func provenance(
    of known: ProcessTable.Image, _ code: InterpretedCode?
  ) -> ProvenanceJudgement? {
    guard let program = known.program else { return nil }
    // Of a class path it is not told which of its files is known: that counts by its facts alone.
    var place: ByteString? = known.script.map { _ in "" }
    if case .file(let path)? = code?.script, let code,
      known.script != nil || !code.isSearched || path.leadsToTemporaryDirectory
    {
      place = path
    }
    let file = place.map { path in
      CodeFile(
        kind: .script, path: path, facts: known.script?.facts ?? ExecutableFacts(),
        ranForNanoseconds: known.script?.stateSince.nanoseconds(since: known.began))
    }
    return ProvenanceJudgement.judge(program, code, file)
  }

  /// What an acting process has in common with others.
  mutating func traits(of image: ImageKey) -> ActorTraits {
    guard let slot = processes.imageSlot(of: image) else { return ActorTraits() }
    if let known = processes[slot].traits, known.group.map(subjects.contains) ?? true {
      if let group = known.group { subjects.noteActor(image, of: group) }
      return known
    }
    guard let facts = processes[slot].event?.facts else { return ActorTraits() }
    var traits = ActorTraits(executable: ActorTraits.executable(facts))
    let known = processes[slot]
    // Before anything is known of its file every program is one that nobody vouches for.
    if let judged = provenance(of: known, code(of: known)), judged.level >= .userWritable,
      known.context != nil || judged.level == .volatile
    {
      if let group = Self.group(of: facts) {
        let number = subjects.number(of: group, now: now)
        subjects.noteActor(image, of: number)
        traits.group = number
        traits.groupNumber = ActorTraits.group(group)
      }
    }
    processes[slot].traits = traits
    return traits
  }

  /// The unit, or the user where there is none or it is only a login.
  private static func group(of facts: ProcessFacts) -> Subject? {
    let origin: ExecutableIdentity.Origin
    if let unit = facts.unit, !unit.bytes.suffix(6).elementsEqual(".scope".utf8) {
      origin = .unit(PathText.unitFamily(unit))
    } else if let uid = facts.uid {
      origin = .user(uid)
    } else {
      return nil
    }
    return Subject(executable: ExecutableIdentity(origin: origin, path: ""))
  }

  private func ancestors(of image: ImageKey) -> [Ancestor] {
    let current = processes.ancestors(of: processes.parent(of: image.process))
    guard let slot = processes.imageSlot(of: image) else { return current }
    // What was known at the exec; the parent's own later images are not where this one came from.
    let recorded = processes[slot].ancestors
    return recorded.isEmpty ? current : recorded
  }

  /// The process that acted last of those that are the subject; nil where none is known.
  public func lastActor(of subject: SubjectID) -> ImageKey? { subjects.lastActor(of: subject) }

  /// The subject of an acting process; `local` stands in where no process is known at all.
  mutating func subject(
    of image: ImageKey, from local: IPAddress, observer: inout some FlowObserver
  ) -> SubjectID {
    guard let slot = processes.imageSlot(of: image), let event = processes[slot].event,
      let executable = event.facts.executable
    else {
      let origin: ExecutableIdentity.Origin =
        image.isUnattributed ? .address(local) : .process(image.process)
      let unknown = Subject(executable: ExecutableIdentity(origin: origin, path: ""))
      let known = subjects.number(of: unknown)
      let number = known ?? subjects.number(of: unknown, now: now)
      if known == nil { tell(image, as: number, unknown, &observer) }
      return number
    }
    if let known = processes[slot].subject, subjects.contains(known) { return known }
    if processes[slot].ancestors.isEmpty {
      // The parent may have become known only after its child.
      processes[slot].ancestors = processes.ancestors(of: event.facts.parent)
    }
    let subject = Subject(
      executable: identity(of: executable, event.facts, processes[slot].context?.facts),
      script: ScriptIdentity.resolve(
        executable: PathText.existing(executable), facts: event.facts),
      initiator: initiator(of: event.facts, processes[slot].ancestors))
    let number = subjects.number(of: subject, now: now)
    processes[slot].subject = number
    tell(image, as: number, subject, &observer)
    return number
  }

  private func tell(
    _ image: ImageKey, as number: SubjectID, _ identity: Subject,
    _ observer: inout some FlowObserver
  ) {
    observer.identified(ActingImage(description(of: image), as: number, identity, at: now))
  }

  mutating func record(_ event: ProcessEvent, observer: inout some FlowObserver) {
    processes.record(event)
    guard event.facts.wasFound != true else { return }
    let execution = Execution(event: event, ancestors: ancestors(of: event.image))
    awaitReaction(execution)
    observer.executed(execution)
  }

  mutating func record(_ event: ContextEvent, observer: inout some FlowObserver) {
    guard let slot = processes.record(event), let facts = processes[slot].event?.facts,
      let path = facts.executable
    else { return }
    let name = KnownExecutables.Name(
      path: PathText.existing(path), containerImage: facts.containerImage)
    let grown = executables.learn(name, processes[slot].context?.facts ?? event.facts)
    if let grown {
      for number in subjects.refine(from: grown.from, to: grown.to) {
        if let identity = subjects[number] { observer.renamed(number, to: identity) }
      }
    }
    if let number = processes[slot].subject, let identity = subjects[number] {
      // Where it runs from may look different now.
      tell(event.image, as: number, identity, &observer)
    }
    processes[slot].traits = nil
    if event.facts.owner != nil || event.facts.package != nil { processes[slot].subject = nil }
  }

  /// The transfer counter of a process's executable name; -1 where no name is known.
  mutating func nameSlot(of image: ImageKey) -> Int32 {
    guard let slot = processes.imageSlot(of: image),
      let path = processes[slot].event?.facts.executable
    else { return -1 }
    let name = PathText.baseName(PathText.existing(path))
    return name.isEmpty ? -1 : transfers.slot(of: ByteString(name))
  }

  private func identity(
    of path: ByteString, _ facts: ProcessFacts, _ file: ExecutableFacts?
  ) -> ExecutableIdentity {
    executables.identity(
      of: KnownExecutables.Name(
        path: PathText.existing(path), containerImage: facts.containerImage), file)
  }

  private func initiator(of facts: ProcessFacts, _ ancestors: [Ancestor]) -> Initiator? {
    initiatorStep(of: facts, ancestors)?.initiator
  }

  /// The nearest ancestor that is not transparent, with its script, job line or unit.
  func initiatorStep(
    of facts: ProcessFacts, _ ancestors: [Ancestor]
  ) -> (process: ProcessKey, initiator: Initiator)? {
    var jobLine: ByteString?
    for ancestor in ancestors {
      guard let known = ancestor.event?.facts, let path = known.executable else { return nil }
      if TransparentTools.isTransparent(known) {
        jobLine = known.arguments.flatMap { TransparentTools.commandLine(of: $0[...]) } ?? jobLine
        continue
      }
      let executable = identity(of: path, known, ancestor.context?.facts)
      let name = PathText.baseName(PathText.existing(path))
      var script = ancestor.script(known, path)
      if Self.timers.contains(where: { name.elementsEqual($0.utf8) }) {
        script = jobLine.map { .job(line: $0) }
      } else if name.elementsEqual("systemd".utf8) {
        script = facts.unit.map { .unit(PathText.unitFamily($0)) }
      }
      return (ancestor.process, Initiator(executable: executable, script: script))
    }
    return nil
  }

  /// The subject that an ancestor of a process is, where it is one; its own ancestors follow it.
  ///
  /// It is looked for by what is known of it, so that a server that was started anew is the one
  /// that was known before.
  public func subject(of ancestor: Ancestor, below ancestors: some Sequence<Ancestor>)
    -> SubjectID?
  {
    guard let facts = ancestor.event?.facts, let path = facts.executable else { return nil }
    return subjects.number(
      of: Subject(
        executable: identity(of: path, facts, ancestor.context?.facts),
        script: ancestor.script(facts, path), initiator: initiator(of: facts, Array(ancestors))))
  }

  /// Programs that start other people's job lines by the clock.
  private static let timers = ["cron", "crond", "atd", "anacron", "fcron"]
}

extension ProcessTable.Image {
  /// A process that was found running began its image at its start, as far as anybody knows.
  fileprivate var began: KernelInstant {
    event.map { $0.facts.wasFound == true ? key.start : $0.time } ?? key.start
  }

  /// Its executable; nil where not even a path is known.
  fileprivate var program: CodeFile? {
    guard let path = event?.facts.executable else { return nil }
    return CodeFile(
      kind: .program, path: PathText.existing(path), facts: context?.facts ?? ExecutableFacts(),
      ranForNanoseconds: context?.time.nanoseconds(since: began))
  }
}

/// What is known of a process that acted; nil is "not known".
public struct ProcessDescription: Sendable {
  public let image: ImageKey
  public let facts: ProcessFacts?
  public let executable: ExecutableFacts
  public let script: ScriptIdentity?
  /// Of the script's file.
  public let scriptFile: ExecutableFacts
  /// Nil where not even a path is known.
  public let provenance: ProvenanceJudgement?
  /// The same of the executable alone, whatever script it runs.
  public let program: Provenance?
  /// Nearest first, at most `Ancestor.limit`.
  public let ancestors: [Ancestor]
  /// Others' connections reached it, as far as the stream shows.
  public let takesConnections: Bool

  init(
    image: ImageKey, facts: ProcessFacts? = nil, executable: ExecutableFacts = ExecutableFacts(),
    script: ScriptIdentity? = nil, scriptFile: ExecutableFacts = ExecutableFacts(),
    provenance: ProvenanceJudgement? = nil, program: Provenance? = nil, ancestors: [Ancestor],
    takesConnections: Bool = false
  ) {
    self.image = image
    self.facts = facts
    self.executable = executable
    self.script = script
    self.scriptFile = scriptFile
    self.provenance = provenance
    self.program = program
    self.ancestors = ancestors
    self.takesConnections = takesConnections
  }
}
