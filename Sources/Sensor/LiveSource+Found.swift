// SPDX-License-Identifier: Apache-2.0

internal import Identity
public import Probe
public import Wire

extension LiveSource {
  /// What was there before the sensor.
  public struct Found: Sendable {
    public let sockets: Int
    public let duration: Duration
  }

  /// Tells what is there already: first the processes that run, then the sockets that are open.
  public mutating func tellFound(_ tell: (Event) -> Void) throws(ProbeError) -> Found {
    try tellRunningProcesses(tell)
    let start = KernelClock.now()
    var sockets = 0
    try probe.seed()
    readCounters()
    var waiting: UInt64
    repeat {
      waiting = counters.adoptionsWaiting
      try probe.tellAdopted()
      var isFull = true
      while isFull {
        isFull =
          drain { event in
            if case .adopt = event { sockets += 1 }
            tell(event)
          }.isFull
      }
      readCounters()
    } while counters.adoptionsWaiting != waiting
    try probe.endSeeding()
    sweepsDue = Self.sweepsAfterChange
    let spent = KernelClock.now().nanoseconds(since: start)
    return Found(sockets: sockets, duration: .nanoseconds(Int64(clamping: spent)))
  }

  /// Tells the processes that run now, with the arguments that /proc still has.
  private mutating func tellRunningProcesses(
    _ tell: (Event) -> Void
  ) throws(ProbeError) {
    let records = try probe.runningProcesses()
    var rest = records.span
    while !rest.isEmpty {
      guard let length = try? RecordDecoder.length(ofFirstIn: rest) else {
        undecodableRecords += 1
        return
      }
      let record = try? RecordDecoder.decode(rest.extracting(first: length))
      rest = rest.extracting(droppingFirst: length)
      guard case .process(let process, let context)? = record else {
        undecodableRecords += 1
        continue
      }
      var facts = process.facts
      facts.arguments = ProcessLookup.arguments(of: process.image.process)
      let found = groups.completed(
        ProcessEvent(time: process.time, image: process.image, facts: facts))
      requests.note(found, context, wallEpoch: wallEpochNanoseconds)
      tell(.process(found))
      if let context { tell(.context(context)) }
    }
  }
}
