// SPDX-License-Identifier: Apache-2.0

internal import Export
internal import Identity
public import Probe
internal import Protocols
public import Wire

/// The live stream: drains the kernel side and tells events in the order of their arrival.
///
/// What it adds of its own stands in the stream like everything else, so that a recording of the
/// stream replays to the same findings: losses, and ticks while nothing happens.
public struct LiveSource: ~Copyable {
  var probe: Probe
  private var lostBefore = KernelCounters()
  private var lastEvent: KernelInstant
  private var lastSecond: KernelInstant
  var wallEpochNanoseconds: Int64
  /// Records that came through the ring and could not be decoded.
  public internal(set) var undecodableRecords: UInt64 = 0
  private var undecodableBefore: UInt64 = 0
  /// The kernel side's counters as of the last second.
  public private(set) var counters = KernelCounters()
  /// Time spent sweeping.
  public private(set) var sweepNanoseconds: UInt64 = 0
  /// A sweep or a look at the counters that failed, once.
  private var failure: ProbeError?
  /// A feature that could not be had, said once.
  private var isRefusalSaid = false
  /// What the packet hooks counted, as of the last second; nil where there are none.
  public private(set) var packetCounters: PacketCounters?
  private var storageFailedBefore: UInt64 = 0
  /// How many more sweeps there will be if nothing new is owed.
  var sweepsDue = 0
  /// `burstsOpened` when the last sweep began.
  private var sweptOpened: UInt64 = 0
  /// From an operation in the kernel to its event here.
  private(set) var delay = Histogram(bounds: .eventDelay)
  var groups = ControlGroupNames()
  /// Looks executables up, beside this thread.
  let identity = IdentityService()
  let requests: IdentityRequests

  /// Quiet between drains, in milliseconds: short while records come, longer while none do.
  private static let busyWait: Int32 = 10
  private static let idleWait: Int32 = 100
  private static let second: UInt64 = 1_000_000_000
  /// One more than finds something: a hook can add to a slot just as a sweep ends it.
  static let sweepsAfterChange = 2
  /// A ring holds 8,000 bursts, so that many rounds end a million of them.
  private static let sweepRounds = 128
  /// Beyond the gap that ends a burst (ProbeConfiguration), in nanoseconds.
  private static let longestGap: UInt64 = 60_000_000
  /// How long the end waits for what is still looked up, in nanoseconds.
  private static let longestLookup: UInt64 = 500_000_000
  /// A wall clock that moved more than this against the boot clock was stepped, not slewed.
  private static let clockStep: Int64 = 500_000_000

  public init(probe: consuming Probe) {
    self.probe = probe
    requests = IdentityRequests(identity)
    let now = KernelClock.now()
    lastEvent = now
    lastSecond = now
    wallEpochNanoseconds = KernelClock.wallEpochNanoseconds()
  }

  public var backend: Backend { probe.backend }

  /// The BPF object that is loaded.
  public var object: ProbeObject { probe.image }

  public var attempts: [BackendAttempt] { probe.attempts }

  public var readsKernelMemory: Bool { probe.readsKernelMemory }

  /// What went wrong since the last call, if anything did.
  public mutating func takeTrouble() -> String? {
    if let failure {
      self.failure = nil
      return failure.description
    }
    if !isRefusalSaid {
      isRefusalSaid = true
      let refused = features.filter { !$0.isEnabled && $0.reason != .switchedOff }
      if let first = refused.first {
        let names = refused.map(\.feature.words).joined(separator: " and ")
        return "without \(names): \(first.detail)"
      }
    }
    let unseen = counters.storageFailed &- storageFailedBefore
    guard unseen > 0 else { return nil }
    storageFailedBefore = counters.storageFailed
    return "the kernel had no memory for the state of \(unseen) sockets: they are not seen"
  }

  /// The parts of the kernel side that the sensor can run without.
  public var features: [FeatureState] { probe.features }

  public var ringUsedBytes: UInt64 { probe.ringUsedBytes }

  public var ringBytes: UInt64 { probe.ringBytes }

  public func programs() -> [ProgramStatistics] { probe.programs() }

  /// One turn: tells what waits, does what is due once a second, then sleeps.
  ///
  /// - Returns: whether a second went by, which is when totals are published.
  public mutating func turn(_ tell: (Event) -> Void) -> Bool {
    // Before the records: what was asked at an exec is known before its connect is judged.
    tellAnswers(tell)
    let (count, isFull) = drain(tell)
    let now = KernelClock.now()
    if count > 0 { lastEvent = now }
    let isSecondOver = now.nanoseconds(since: lastSecond) >= Self.second
    if isSecondOver {
      lastSecond = now
      endSecond(now, tell)
    }
    if !isFull { probe.wait(milliseconds: count > 0 ? Self.busyWait : Self.idleWait) }
    return isSecondOver
  }

  /// The last turn: detaches, ends all bursts and tells what came until then.
  ///
  /// With the hooks gone the books must close: every record that a hook wanted to send was either
  /// taken out of the ring or counted as lost.
  ///
  /// - Returns: records that were neither, 0 unless there is an error in the accounting.
  public mutating func finish(_ tell: (Event) -> Void) -> Int64 {
    probe.detach()
    // The sweep ends bursts that are silent for longer than their gap; now all will be.
    let silent = KernelClock.now().advanced(byNanoseconds: Self.longestGap)
    while KernelClock.now() < silent {
      if !drain(tell).isFull { probe.wait(milliseconds: Self.busyWait) }
    }
    sweepAll(tell)
    while drain(tell).isFull {}
    let patience = KernelClock.now().advanced(byNanoseconds: Self.longestLookup)
    while identity.isBusy, KernelClock.now() < patience {
      probe.wait(milliseconds: Self.busyWait)
      tellAnswers(tell)
    }
    let end = KernelClock.now()
    tellLosses(end, tell)
    // The stream lasted until now, also where nothing happened at last.
    tell(.tick(end))
    let attempted = counters.attempted.reduce(0, &+)
    let lost = counters.lost.reduce(0, &+)
    return Int64(truncatingIfNeeded: attempted &- lost &- probe.takenRecords)
  }

  mutating func drain(_ tell: (Event) -> Void) -> (count: Int, isFull: Bool) {
    var undecodable: UInt64 = 0
    var delay = delay
    var groups = groups
    let requests = requests
    let epoch = wallEpochNanoseconds
    let now = KernelClock.now()
    let drained = probe.drain { bytes in
      guard let record = try? RecordDecoder.decode(bytes) else {
        undecodable += 1
        return
      }
      switch record {
      case .event(let event):
        delay.observe(Double(now.nanoseconds(since: event.time)) / 1e9)
        requests.note(event)
        tell(event)
      case .process(let process, let context):
        let process = WholeArguments.completed(groups.completed(process))
        requests.note(process, context, wallEpoch: epoch)
        tell(.process(process))
        if let context { tell(.context(context)) }
      case .answer(let answer):
        for name in answer.names { tell(.name(name)) }
      case .text, .textPart: undecodable += 1
      }
    }
    undecodableRecords += undecodable
    self.delay = delay
    self.groups = groups
    return drained
  }

  /// What was looked up since the last turn, as events: a replay asks nothing of its host.
  private func tellAnswers(_ tell: (Event) -> Void) {
    for answer in identity.takeAnswers() {
      tell(
        .context(
          ContextEvent(
            time: KernelClock.now(), image: answer.image, facts: answer.facts,
            script: answer.script)))
    }
  }

  private mutating func endSecond(_ now: KernelInstant, _ tell: (Event) -> Void) {
    tellLosses(now, tell)
    tellClockStep(now, tell)
    if counters.burstsOpened != sweptOpened { sweepsDue = Self.sweepsAfterChange }
    if sweepsDue > 0 {
      sweepsDue -= 1
      sweepAll(tell)
    }
    if now.nanoseconds(since: lastEvent) >= Self.second {
      lastEvent = now
      tell(.tick(now))
    }
  }

  /// Sweeps; what had no room in the ring has some when it was drained, and is swept again.
  private mutating func sweepAll(_ tell: (Event) -> Void) {
    sweptOpened = counters.burstsOpened
    for _ in 0..<Self.sweepRounds {
      let before = counters
      sweep()
      _ = drain(tell)
      readCounters()
      if counters.burstsLeftOpen != before.burstsLeftOpen { sweepsDue = Self.sweepsAfterChange }
      if counters.burstsWaiting == before.burstsWaiting { return }
    }
  }

  private mutating func sweep() {
    let start = KernelClock.now()
    do throws(ProbeError) {
      try probe.sweep()
    } catch {
      failure = error
    }
    sweepNanoseconds += KernelClock.now().nanoseconds(since: start)
  }

  mutating func readCounters() {
    do throws(ProbeError) {
      counters = try probe.counters()
      packetCounters = try probe.packetCounters()
    } catch {
      failure = error
    }
  }

  private mutating func tellLosses(_ now: KernelInstant, _ tell: (Event) -> Void) {
    readCounters()
    let lost = counters.lost.reduce(0, &+) &- lostBefore.lost.reduce(0, &+)
    if lost > 0 {
      tell(.lost(LostEvent(time: now, records: lost, stage: .ring)))
    }
    let undecodable = undecodableRecords - undecodableBefore
    if undecodable > 0 {
      tell(.lost(LostEvent(time: now, records: undecodable, stage: .decode)))
    }
    lostBefore = counters
    undecodableBefore = undecodableRecords
  }

  private mutating func tellClockStep(_ now: KernelInstant, _ tell: (Event) -> Void) {
    let epoch = KernelClock.wallEpochNanoseconds()
    guard abs(epoch - wallEpochNanoseconds) > Self.clockStep else { return }
    wallEpochNanoseconds = epoch
    let wall = epoch.addingReportingOverflow(Int64(clamping: now.nanoseconds)).partialValue
    tell(.clock(ClockEvent(time: now, wallNanoseconds: wall)))
  }
}
