// SPDX-License-Identifier: Apache-2.0

import EventScript
import Export
import Findings
import Flows
import Testing
import Wire

@testable import Sensor

@Suite("What is published")
struct MetricsPublisherTests {
  @Test("Executables whose names are shown alike are one series with the bytes of all")
  func alike() throws {
    let long = String(repeating: "a", count: 64)
    var script = EventScript()
    for (index, name) in [long + "x", long + "y", "curl"].enumerated() {
      let image = EventScript.image(UInt32(100 + index))
      script.start(image, "/usr/bin/\(name)")
      let socket = script.connect(image, at: 10 + Double(index))
      script.burst(socket, image, first: 20 + Double(index), sent: 100)
    }
    var pipeline = DetectionPipeline(header: Story.header, settings: PipelineSettings())
    for event in script.events { pipeline.apply(event) }
    pipeline.finish()
    let rows = MetricsPublisher.byLabel(pipeline.flows.transfers.rows)
    let label = Label.Process(executablePath: Array(long.utf8))
    #expect(rows[label]?.count == 2)
    #expect(rows.count == 3 && rows[.other]?.count == 1)
  }
}
