// SPDX-License-Identifier: Apache-2.0

import Baseline
import EventScript
import Findings
import Wire

/// One run of a sensor over a script, with the rows of a store before and after it.
struct StateRun {
  private(set) var pipeline: DetectionPipeline
  private(set) var changes: [Finding] = []
  /// What a recording holds.
  private(set) var recorded: [Event] = []
  private(set) var rows: [StateRow] = []

  /// `boot` is how long after the first boot this one was, in seconds.
  init(_ events: [Event], boot: Int64 = 0, bootID: String = "first", keeping rows: [StateRow]? = [])
  {
    var header = PipelineRun.header
    header.bootID = bootID
    header.wallEpochNanoseconds += boot * 1_000_000_000
    pipeline = DetectionPipeline(header: header)
    if let rows { pipeline.keep(rows) }
    for event in events {
      pipeline.apply(event)
      changes += pipeline.takeChanges()
      recorded += pipeline.takeTold().map { .baseline($0) }
      recorded.append(event)
    }
    pipeline.finish()
    guard let rows else { return }
    self.rows = rows
    save()
  }

  /// Saves as a store does.
  mutating func save() {
    for row in pipeline.takeStateChanges() {
      rows.removeAll { $0.kind == row.kind && $0.key == row.key }
      if !row.value.isEmpty { rows.append(row) }
    }
  }

  var findings: [Finding] { pipeline.findings() }
}

extension EventScript {
  /// The implant of `beacon(visits:)`, whose visits are at these seconds, from `start` on.
  static func implant(visiting times: [Double], from start: Double, until end: Double)
    -> EventScript
  {
    var script = EventScript()
    let system = image(1)
    script.start(system, "/usr/lib/systemd/systemd", at: start)
    script.start(implant, "/tmp/kupdater", parent: system, at: start)
    for time in times { script.visit(implant, at: time) }
    script.tick(at: end)
    return script
  }
}
