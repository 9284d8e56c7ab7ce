// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Wire

/// A pipeline over a whole script, with every change in order.
struct PipelineRun {
  private(set) var pipeline: DetectionPipeline
  private(set) var changes: [Finding] = []

  static let header = StreamHeader(
    host: "web-3", bootID: "9d3c", kernel: "6.12.117", backend: "functions",
    wallEpochNanoseconds: 1_763_700_000_000_000_000, sensor: "halfwire 0.1.0", configHash: "")

  init(_ script: EventScript, settings: PipelineSettings = PipelineSettings()) {
    pipeline = DetectionPipeline(header: Self.header, settings: settings)
    for event in script.events {
      pipeline.apply(event)
      changes += pipeline.takeChanges()
    }
    pipeline.finish()
  }

  var findings: [Finding] { pipeline.findings() }

  func table(_ style: FindingTable.Style = FindingTable.Style()) -> String {
    FindingTable.render(findings, style: style)
  }
}

extension Finding {
  var json: String { String(decoding: FindingJSON.encode(self), as: UTF8.self) }
}

extension EventScript {
  static let implant = image(4_121)

  /// A beacon every 60 s from /tmp, `visits` times from 100 s on.
  static func beacon(visits: Int, to remote: Endpoint = EventScript.remote) -> EventScript {
    var script = EventScript()
    let system = image(1)
    script.start(system, "/usr/lib/systemd/systemd")
    script.start(
      implant, "/tmp/kupdater", arguments: ["kupdater", "--token=abc", "-d"], parent: system)
    for index in 0..<visits { script.visit(implant, at: 100 + 60 * Double(index), to: remote) }
    return script
  }
}
