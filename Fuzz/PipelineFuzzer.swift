// SPDX-License-Identifier: Apache-2.0

import Baseline
import Findings
import Glibc
import Trace
import Wire

/// Any bytes as a story (`FuzzedStory`), or as a trace where they begin as one, through the whole
/// pipeline: half of it, a save, and the other half in a new boot.
///
/// What one pipeline saves another can read, and a recording of the second half replays without the
/// store to the same findings.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPipeline(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let story = bytes.first == UInt8(ascii: "{") ? traced(bytes) : FuzzedStory(bytes) else {
    return 0
  }
  let half = story.events.count / 2
  var first = FuzzedRun(story.header(boot: 0, "first"), keeping: [])
  first.apply(story.events[..<half])
  let rows = first.save()
  let header = story.header(boot: story.away, "second")
  var second = FuzzedRun(header, keeping: rows)
  precondition(second.pipeline.unreadableRows == 0, "saved rows are not read")
  second.apply(story.events[half...])
  let told = second.findings
  // Without the store, from what a recording has.
  var replayed = FuzzedRun(header, keeping: nil)
  replayed.apply(second.recorded[...])
  tellDifference(told, replayed.findings)
  precondition(replayed.findings == told, "the recording tells something else")
  _ = second.save()
  return 0
}

/// The first line in which they differ, on standard error: a log alone tells what went wrong.
private func tellDifference(_ live: [[UInt8]], _ replayed: [[UInt8]]) {
  for index in 0..<max(live.count, replayed.count) {
    let lines = [live, replayed].map { $0.indices.contains(index) ? $0[index] : [] }
    guard lines[0] != lines[1] else { continue }
    for (name, line) in zip(["live", "replayed"], lines) {
      let text = Array("\(name) \(index): ".utf8) + line + [UInt8(ascii: "\n")]
      _ = text.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    return
  }
}

private func traced(_ bytes: [UInt8]) -> FuzzedStory? {
  do throws(TraceError) {
    var reader = try TraceReader(bytes: bytes, name: "fuzz", lenient: true)
    var events: [Event] = []
    while events.count < FuzzedStory.limit, let event = try reader.next() { events.append(event) }
    return FuzzedStory(events: events, epoch: reader.header.wallEpochNanoseconds)
  } catch {
    _ = error.description
    return nil
  }
}

/// One run of a sensor, with what its recording has.
private struct FuzzedRun {
  private(set) var pipeline: DetectionPipeline
  private(set) var recorded: [Event] = []
  private var changes: [[UInt8]] = []

  init(_ header: StreamHeader, keeping rows: [StateRow]?) {
    pipeline = DetectionPipeline(header: header)
    if let rows { pipeline.keep(rows) }
  }

  mutating func apply(_ events: ArraySlice<Event>) {
    for event in events {
      pipeline.apply(event)
      note()
      recorded += pipeline.takeTold().map { .baseline($0) }
      recorded.append(event)
    }
    pipeline.finish()
    note()
  }

  private mutating func note() { changes += pipeline.takeChanges().map { FindingJSON.encode($0) } }

  /// What was told and what stands at the end.
  var findings: [[UInt8]] { changes + pipeline.findings().map { FindingJSON.encode($0) } }

  /// A save that fails, then one that succeeds: the rows of a store afterwards.
  mutating func save() -> [StateRow] {
    pipeline.giveBack(pipeline.takeStateChanges())
    return pipeline.takeStateChanges().filter { !$0.value.isEmpty }
  }
}
