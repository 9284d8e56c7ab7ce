// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Testing
import Wire

/// Short stories whose findings the tests judge.
enum Story {
  static let digest = String(repeating: "ab", count: 32)
  /// 2025-11-21T04:40:00Z, boot time 0 of the stories.
  static let epochSeconds: Int64 = 1_763_700_000

  static let header = StreamHeader(
    host: "web-3", bootID: "9d3c", kernel: "6.12.117", backend: "functions",
    wallEpochNanoseconds: epochSeconds * 1_000_000_000, sensor: "halfwire 0.1.0", configHash: "")

  /// A beacon every 60 s by one program, `visits` times from 100 s on; `starter` is the program that
  /// started it.
  static func beacon(
    _ path: String = "/opt/agent/agent", arguments: [String]? = nil, package: String? = nil,
    digest: String? = digest, scriptDigest: String? = nil, starter: String? = nil,
    to remote: Endpoint = EventScript.remote,
    visits: Int = 12
  ) -> EventScript {
    var script = EventScript()
    let image = EventScript.image(4_121)
    let parent = EventScript.image(700)
    if let starter {
      script.start(parent, starter)
      script.fork(image, from: parent)
    }
    script.start(image, path, arguments: arguments, parent: starter == nil ? nil : parent)
    var facts = ExecutableFacts()
    facts.sha256 = digest
    facts.package = package.map { ByteString($0) } ?? ""
    facts.isPackageVerified = package == nil ? nil : true
    var file: ExecutableFacts?
    if let scriptDigest {
      file = ExecutableFacts()
      file?.sha256 = scriptDigest
      file?.owner = 0
    }
    script.know(image, facts, script: file, at: EventScript.instant(5))
    for index in 0..<visits {
      script.visit(image, at: 100 + 60 * Double(index), to: remote)
    }
    return script
  }

  static func findings(
    _ script: EventScript, settings: PipelineSettings = PipelineSettings()
  ) -> [Finding] {
    var pipeline = DetectionPipeline(header: header, settings: settings)
    for event in script.events {
      pipeline.apply(event)
      _ = pipeline.takeChanges()
    }
    pipeline.finish()
    return pipeline.findings()
  }

  /// The one finding of a story that has one.
  static func finding(_ script: EventScript) throws -> Finding {
    try #require(findings(script).first)
  }
}
