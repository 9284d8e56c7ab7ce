// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Thread groups and the images they run, bounded; exited ones stay for a grace period.
///
/// A full table first gives up the process that exited longest ago; when all are alive it refuses
/// the newcomer, so that a fork bomb hides itself and not what was there before.
struct ProcessTable {
  /// One image a process runs or ran; forks share it, so facts that come later reach all of them.
  struct Image {
    var key: ImageKey
    var event: ProcessEvent?
    var context: ContextEvent?
    /// Nil until something is known of it, and of a plain program.
    var script: ScriptFile?
    /// Who started it, nearest first, as known at its exec.
    var ancestors: [Ancestor] = []
    var subject: SubjectID?
    var recentSockets = RecentSockets()
    /// Nil before its first connection to the outside.
    var outside: OutsideUse?
    /// Nil until the first request, and again when more becomes known of the file.
    var traits: ActorTraits?
    /// Processes that run or ran it.
    var uses = 0
    /// What its arguments take of the room for long ones.
    var longBytes = 0

    mutating func learnScript(_ event: ContextEvent) {
      guard let facts = event.script else { return }
      script = ScriptFile(facts, at: event.time, over: script)
    }
  }

  struct Process {
    var key: ProcessKey
    var parent: ProcessKey?
    /// Oldest first; all but the last were left by exec.
    var images: [(execID: UInt64, slot: Int32)] = []
    var exitedAt: KernelInstant?
    /// It acted first on a connection that another host, or another process here, opened.
    var takesConnections = false
  }

  /// Arguments beyond what the kernel side copies have so much room together, in bytes.
  ///
  /// Anybody may start programs with long ones. Of those that find no room the beginning stays.
  static let longRoom = 64 << 20
  private var longBytes = 0

  /// Bursts of an image left by exec may be pending, but not of many.
  private static let imagesPerProcess = 4

  let capacity: Int
  private let graceNanoseconds: UInt64
  private(set) var evictions: UInt64 = 0
  private var index: [ProcessKey: Int32] = [:]
  private var processes: [Process] = []
  private var freeProcesses: [Int32] = []
  private var images: [Image] = []
  private var freeImages: [Int32] = []
  private var exited: [(key: ProcessKey, at: KernelInstant)] = []
  private var exitedHead = 0

  init(capacity: Int, grace: Duration) {
    self.capacity = max(capacity, 1)
    graceNanoseconds = grace.wholeNanoseconds
  }

  var count: Int { index.count }

  /// The image slot an event's process means.
  ///
  /// Exec id 0 is "not known" and means the newest image. An exec id newer than any known is an
  /// image whose exec was lost: none, rather than the wrong one.
  func imageSlot(of key: ImageKey) -> Int? {
    guard let process = index[key.process] else { return nil }
    let known = processes[Int(process)].images
    guard let newest = known.last else { return nil }
    if key.execID == 0 || newest.execID == 0 || newest.execID == key.execID {
      return Int(newest.slot)
    }
    return known.last { $0.execID == key.execID }.map { Int($0.slot) }
  }

  /// The image that a process runs now.
  func newestImageSlot(of key: ProcessKey) -> Int? {
    index[key].flatMap { processes[Int($0)].images.last.map { Int($0.slot) } }
  }

  subscript(slot: Int) -> Image {
    _read { yield images[slot] }
    _modify { yield &images[slot] }
  }

  func takesConnections(_ key: ProcessKey) -> Bool {
    index[key].map { processes[Int($0)].takesConnections } ?? false
  }

  mutating func noteConnectionTaken(by key: ProcessKey) {
    if let process = index[key] { processes[Int(process)].takesConnections = true }
  }

  func parent(of key: ProcessKey) -> ProcessKey? {
    index[key].flatMap { processes[Int($0)].parent }
  }

  // MARK: Events

  mutating func record(_ event: ProcessEvent) {
    guard let process = place(event.image.process, at: event.time) else { return }
    // Who forked it comes first: an exec after the parent's end names init as the parent.
    if processes[process].parent == nil { processes[process].parent = event.facts.parent }
    let lineage = ancestors(of: processes[process].parent)
    let (event, bytes) = fitted(event)
    let slot = newImage(
      Image(key: event.image, event: event, ancestors: lineage, longBytes: bytes))
    attach(image: slot, execID: event.image.execID, to: process)
  }

  /// The event with as much of its arguments as there is room for, and what that takes of it.
  private mutating func fitted(_ event: ProcessEvent) -> (event: ProcessEvent, bytes: Int) {
    let bytes = event.facts.argumentBytesBeyondCut
    guard bytes > Self.longRoom - longBytes else {
      longBytes += bytes
      return (event, bytes)
    }
    evictions += 1
    var facts = event.facts
    facts.cutArguments()
    return (ProcessEvent(time: event.time, image: event.image, facts: facts), 0)
  }

  /// Adds facts to an image, and keeps those it had.
  mutating func record(_ event: ContextEvent) -> Int? {
    if let slot = imageSlot(of: event.image) {
      images[slot].context = images[slot].context?.updated(by: event) ?? event
      images[slot].learnScript(event)
      return slot
    }
    guard let process = place(event.image.process, at: event.time) else { return nil }
    var image = Image(key: event.image, context: event)
    image.learnScript(event)
    let slot = newImage(image)
    attach(image: slot, execID: event.image.execID, to: process)
    return slot
  }

  mutating func record(_ event: ForkEvent) {
    guard let child = place(event.child, at: event.time) else { return }
    processes[child].parent = event.parent
    guard let parent = index[event.parent], let inherited = processes[Int(parent)].images.last
    else { return }
    attach(image: Int(inherited.slot), execID: inherited.execID, to: child)
  }

  mutating func record(_ event: ExitEvent) {
    guard let process = index[event.process], processes[Int(process)].exitedAt == nil else {
      return
    }
    processes[Int(process)].exitedAt = event.time
    exited.append((event.process, event.time))
    if exited.count > 2 * capacity + 1_024 { forgetRevived() }
  }

  /// Removes what exited longer than the grace period ago.
  mutating func expire(now: KernelInstant) {
    while exitedHead < exited.count,
      now.nanoseconds(since: exited[exitedHead].at) > graceNanoseconds
    {
      _ = dropNextExited()
    }
  }

  // MARK: Lineage

  /// The image a process runs now and what started that, nearest first.
  func ancestors(of parent: ProcessKey?) -> [Ancestor] {
    guard let parent, let process = index[parent] else { return [] }
    guard let slot = processes[Int(process)].images.last?.slot else { return [] }
    let image = images[Int(slot)]
    return [Ancestor(process: parent, image)] + image.ancestors.prefix(Ancestor.limit - 1)
  }

  // MARK: Room

  private mutating func place(_ key: ProcessKey, at time: KernelInstant) -> Int? {
    if let known = index[key] {
      // A trace without start times reuses (pid, 0): what follows an exit is another process.
      if processes[Int(known)].exitedAt != nil {
        release(imagesOf: Int(known))
        processes[Int(known)].exitedAt = nil
        processes[Int(known)].parent = nil
      }
      return Int(known)
    }
    if index.count >= capacity {
      evictions += 1
      guard dropOldestExited() else { return nil }
    }
    let process = Process(key: key)
    let slot: Int32
    if let reused = freeProcesses.popLast() {
      slot = reused
      processes[Int(slot)] = process
    } else {
      slot = Int32(truncatingIfNeeded: processes.count)
      processes.append(process)
    }
    index[key] = slot
    return Int(slot)
  }

  private mutating func dropOldestExited() -> Bool {
    while exitedHead < exited.count {
      if dropNextExited() { return true }
    }
    return false
  }

  /// Takes the next entry off the queue; false when its process lives again under the same key.
  private mutating func dropNextExited() -> Bool {
    let (key, at) = exited[exitedHead]
    exitedHead += 1
    if exitedHead > 1_024, exitedHead * 2 > exited.count {
      exited.removeFirst(exitedHead)
      exitedHead = 0
    }
    guard let process = index[key], processes[Int(process)].exitedAt == at else { return false }
    release(imagesOf: Int(process))
    index[key] = nil
    freeProcesses.append(process)
    return true
  }

  /// Keeps the queue no longer than the table when keys are used again and again.
  private mutating func forgetRevived() {
    exited = exited[exitedHead...].filter { entry in
      index[entry.key].map { processes[Int($0)].exitedAt == entry.at } ?? false
    }
    exitedHead = 0
  }

  private mutating func newImage(_ image: Image) -> Int {
    if let slot = freeImages.popLast() {
      images[Int(slot)] = image
      return Int(slot)
    }
    images.append(image)
    return images.count - 1
  }

  private mutating func attach(image slot: Int, execID: UInt64, to process: Int) {
    images[slot].uses += 1
    let held = Int32(truncatingIfNeeded: slot)
    if let same = processes[process].images.firstIndex(where: { $0.execID == execID }) {
      release(image: processes[process].images[same].slot)
      processes[process].images.remove(at: same)
    } else if processes[process].images.count == Self.imagesPerProcess {
      release(image: processes[process].images.removeFirst().slot)
    }
    processes[process].images.append((execID, held))
  }

  private mutating func release(imagesOf process: Int) {
    for image in processes[process].images { release(image: image.slot) }
    processes[process].images.removeAll()
  }

  private mutating func release(image slot: Int32) {
    images[Int(slot)].uses -= 1
    guard images[Int(slot)].uses == 0 else { return }
    longBytes -= images[Int(slot)].longBytes
    images[Int(slot)] = Image(key: .unattributed)
    freeImages.append(slot)
  }
}
